import Glibc

/// What the calling thread has computed so far.
enum ThreadTime {
  /// User and system time; nil where the kernel does not tell.
  static var now: Duration? {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return nil }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
