import Glibc
import Synchronization

/// The exclusive right of one process to use a data directory: a lock on a file in it. The kernel releases the lock
/// when the process ends in any way.
final class DirectoryLock: Sendable {
  enum Refusal: Error {
    /// Another process holds the lock; `process` is its id, or nil when the id cannot be read.
    case taken(process: Int32?)
    case failed(reason: String)
  }

  private let descriptor: Mutex<Int32?>

  init(file path: String) throws(Refusal) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .failed(reason: errorText(errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      defer { _ = Glibc.close(descriptor) }
      guard error == EWOULDBLOCK else { throw .failed(reason: errorText(error)) }
      throw .taken(process: Self.process(in: descriptor))
    }
    // The process id is only for people, so on a full disk the lock works without it.
    var text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = unsafe pwrite(descriptor, &text, text.count, 0)
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    release()
  }

  func release() {
    descriptor.withLock { descriptor in
      guard let open = descriptor.take() else { return }
      // A process that was just forked may share the descriptor until it calls `exec`: closing alone would leave it locked.
      _ = flock(open, LOCK_UN)
      _ = Glibc.close(open)
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
