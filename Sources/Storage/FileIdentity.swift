import Catalog
import Glibc

/// The file that a path names at one moment, by device and inode.
///
/// A process goes on writing to a file that was deleted or replaced, and everything that it writes is lost with the
/// process. So the store compares the file's identity with the path's before it acknowledges a transaction.
struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// The identity of the file at a path; throws the system's error number.
  init(path: String) throws(SystemFailure) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw SystemFailure(number: errno) }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Throws when the path names another file now, or none. When the system cannot say, the write itself shows whether
  /// the disk works.
  func check(path: String) throws(StoreError) {
    do throws(SystemFailure) {
      guard try FileIdentity(path: path) != self else { return }
    } catch {
      guard error.number == ENOENT || error.number == ENOTDIR else { return }
    }
    throw .unavailable(
      reason: "\(path): the file was deleted or replaced while the server used it: put it back, or restart the server")
  }
}

/// An error number of the system.
struct SystemFailure: Error {
  var number: Int32
}
