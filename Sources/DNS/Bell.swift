import Fleet
import Glibc

/// Wakes the resolver's thread from any other.
struct Bell: Sendable {
  /// The socket that is readable after the bell was rung.
  let receiver: CInt
  private let sender: CInt

  init() throws(OwnFailure) {
    var ends: [CInt] = [-1, -1]
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    guard unsafe socketpair(AF_UNIX, CInt(type), 0, &ends) == 0 else { throw OwnFailure(errno: errno) ?? .memory }
    (receiver, sender) = (ends[0], ends[1])
  }

  /// A full socket is no error: the thread wakes anyway.
  func ring() {
    var byte: UInt8 = 0
    _ = unsafe write(sender, &byte, 1)
  }

  /// Called once, when no thread uses the bell any more.
  func close() {
    Glibc.close(receiver)
    Glibc.close(sender)
  }

  /// Takes every ring that has come.
  func silence() {
    var bytes = [UInt8](repeating: 0, count: 1_024)
    _ = unsafe read(receiver, &bytes, bytes.count)
  }
}
