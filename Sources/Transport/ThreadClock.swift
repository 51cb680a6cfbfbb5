import Glibc

/// The kernel's figures on one thread's time; the same thread has to create and read it.
final class ThreadClock {
  private let statistics = unsafe open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)

  deinit {
    if statistics >= 0 { close(statistics) }
  }

  /// The user and system time of the thread; nil where the kernel has no figure.
  var computed: Duration? {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return nil }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// The time for which the thread could have run but had no processor; zero where the kernel has no figure.
  var waited: Duration {
    var text = [UInt8](repeating: 0, count: 64)
    let count = unsafe text.withUnsafeMutableBytes { unsafe pread(statistics, $0.baseAddress, $0.count, 0) }
    // The file holds nanoseconds on a processor, nanoseconds in the queue for a processor, and the number of time
    // slices.
    let words = text.prefix(max(count, 0)).split(separator: UInt8(ascii: " "))
    guard words.count == 3, let nanoseconds = Int64(String(decoding: words[1], as: UTF8.self)) else { return .zero }
    return .nanoseconds(nanoseconds)
  }
}
