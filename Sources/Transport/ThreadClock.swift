import Glibc

/// The kernel's figures on one thread's time; made and read on that thread.
final class ThreadClock {
  private let statistics = unsafe open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)

  deinit {
    if statistics >= 0 { close(statistics) }
  }

  /// User and system time; nil where the kernel has no figure.
  var computed: Duration? {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return nil }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Time in which it could have run, but had no processor; zero where the kernel has no figure.
  var waited: Duration {
    var text = [UInt8](repeating: 0, count: 64)
    let count = unsafe text.withUnsafeMutableBytes { unsafe pread(statistics, $0.baseAddress, $0.count, 0) }
    // Nanoseconds on a processor, nanoseconds in line for one, and how often.
    let words = text.prefix(max(count, 0)).split(separator: UInt8(ascii: " "))
    guard words.count == 3, let nanoseconds = Int64(String(decoding: words[1], as: UTF8.self)) else { return .zero }
    return .nanoseconds(nanoseconds)
  }
}
