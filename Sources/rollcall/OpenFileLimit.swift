internal import Foundation
internal import Glibc

/// The number of files and sockets that this process may have open.
enum OpenFileLimit {
  /// Raises the soft limit to the hard limit: a socket per engine and per client exceeds the usual 1,024. Returns the
  /// limit that holds then.
  @discardableResult
  static func raise() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    let before = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    let isRaised = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    return Int(clamping: isRaised ? limit.rlim_max : before)
  }
  /// The number of files that the process needs beside connections: those that it has open now, three of each event
  /// loop, and some for the store and for sources.
  static func ownFiles(loops: Int) -> Int {
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 16
    return open + 3 * loops + 16
  }
}
