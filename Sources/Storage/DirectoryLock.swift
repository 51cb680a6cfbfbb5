import Glibc
import Synchronization

/// The exclusive right of one process to use a data directory: a lock on a file in it, and a lock on the directory,
/// which holds also when the file is removed. The kernel releases the locks when the process ends in any way.
final class DirectoryLock: Sendable {
  enum Refusal: Error {
    /// Another process holds the lock; `process` is its id, or nil when the id cannot be read.
    case taken(process: Int32?)
    case failed(reason: String)
  }

  /// The open descriptors: the file's, then the directory's where its file system locks directories.
  private let descriptors: Mutex<[Int32]>

  init(directory: String) throws(Refusal) {
    let file = unsafe open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .failed(reason: errorText(errno)) }
    descriptors = Mutex([file])
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      let process = Self.process(in: file)
      release()
      throw error == EWOULDBLOCK ? .taken(process: process) : .failed(reason: errorText(error))
    }
    let own = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if own >= 0 {
      let error = flock(own, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
      descriptors.withLock { $0.append(own) }
      if error == EWOULDBLOCK {
        release()
        throw .taken(process: nil)
      }
    }
    // The process id is only for people, so on a full disk the lock works without it.
    var text = Array("\(getpid())\n".utf8)
    _ = ftruncate(file, 0)
    _ = unsafe pwrite(file, &text, text.count, 0)
  }

  deinit {
    release()
  }

  func release() {
    descriptors.withLock { descriptors in
      for open in descriptors {
        // A process that was just forked may share the descriptor until it calls `exec`: closing alone would leave it
        // locked.
        _ = flock(open, LOCK_UN)
        _ = Glibc.close(open)
      }
      descriptors = []
    }
  }

  private static func process(in descriptor: Int32) -> Int32? {
    var text = [UInt8](repeating: 0, count: 16)
    let count = unsafe pread(descriptor, &text, text.count, 0)
    return Int32(String(decoding: text.prefix(max(count, 0)).prefix { $0 != 0x0a }, as: UTF8.self))
  }
}

/// Flushes a directory, so that its entries outlive a loss of power.
func syncDirectory(_ path: String) {
  let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  _ = fsync(descriptor)
  _ = close(descriptor)
}
