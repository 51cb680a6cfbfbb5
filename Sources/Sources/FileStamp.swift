import Glibc

/// The attributes that show, without a read, whether a file has changed. Links are followed, so a link with a new
/// target is a changed file.
struct FileStamp: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let seconds: Int
  private let nanoseconds: Int
  /// Whether the last write is long enough ago: a second write may fall into the same tick of the file system's clock.
  let isSettled: Bool

  /// nil when there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    isSettled = abs(now.tv_sec - seconds) >= 2
  }

  static func == (a: FileStamp, b: FileStamp) -> Bool {
    (a.device, a.inode, a.size, a.seconds, a.nanoseconds) == (b.device, b.inode, b.size, b.seconds, b.nanoseconds)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(inode)
    hasher.combine(nanoseconds)
  }
}
