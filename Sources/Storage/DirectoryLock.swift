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

  /// Whether the lock file was missing at the start.
  let fileWasMissing: Bool
  private let directory: String
  private let state: Mutex<State>

  private struct State {
    /// The lock file's descriptor; nil once it is released.
    var file: Int32?
    /// The directory's descriptor; nil where its file system does not lock directories.
    var directory: Int32?
    var isFileRemoved = false
  }

  init(directory: String) throws(Refusal) {
    self.directory = directory
    let path = Self.path(in: directory)
    fileWasMissing = unsafe access(path, F_OK) != 0
    let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .failed(reason: errorText(errno)) }
    state = Mutex(State(file: file))
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      let process = Self.process(in: file)
      release()
      throw error == EWOULDBLOCK ? .taken(process: process) : .failed(reason: errorText(error))
    }
    let own = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if own >= 0 {
      let error = flock(own, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
      if error == 0 {
        state.withLock { $0.directory = own }
      } else {
        _ = Glibc.close(own)
      }
      if error == EWOULDBLOCK {
        // The file is missing on purpose: its absence is a mark for the next process.
        if fileWasMissing { _ = unsafe unlink(path) }
        release()
        throw .taken(process: nil)
      }
    }
    Self.writeProcess(into: file)
  }

  deinit {
    release()
  }

  func release() {
    state.withLock { state in
      for open in [state.file, state.directory].compactMap(\.self) {
        // A process that was just forked may share the descriptor until it calls `exec`: closing alone would leave it
        // locked.
        _ = flock(open, LOCK_UN)
        _ = Glibc.close(open)
      }
      (state.file, state.directory) = (nil, nil)
    }
  }

  /// Removes the lock file, where the directory's own lock suffices: the next process sees that it is missing. To remove
  /// a file takes no space on a full disk.
  func removeFile() {
    state.withLock { state in
      guard state.directory != nil, !state.isFileRemoved else { return }
      state.isFileRemoved = unsafe unlink(Self.path(in: directory)) == 0
    }
  }

  /// Makes the lock file again; does nothing when it was not removed.
  func restoreFile() {
    state.withLock { state in
      guard state.isFileRemoved, let old = state.file else { return }
      let file = unsafe open(Self.path(in: directory), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard file >= 0 else { return }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        _ = Glibc.close(file)
        return
      }
      Self.writeProcess(into: file)
      _ = Glibc.close(old)
      (state.file, state.isFileRemoved) = (file, false)
    }
  }

  private static func path(in directory: String) -> String { directory + "/lock" }

  /// Writes the process id, which is only for people: on a full disk the lock works without it.
  private static func writeProcess(into file: Int32) {
    var text = Array("\(getpid())\n".utf8)
    _ = ftruncate(file, 0)
    _ = unsafe pwrite(file, &text, text.count, 0)
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
