internal import Glibc
internal import NIOCore

/// A port that nobody listens on and that the system gives to nobody else: connections to it are refused.
final class HeldPort {
  private let socket: CInt

  /// Holds the port of a listener that has just been closed. Nil when the port has been taken meanwhile.
  init?(_ address: SocketAddress) {
    let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
    socket = Glibc.socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var one: CInt = 1
    // A listener may bind to the port beside this socket, as both say that they share it.
    let isShared = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size)) == 0
    let isBound = unsafe address.withSockAddr { unsafe bind(socket, $0, socklen_t($1)) } == 0
    guard isShared, isBound else { return nil }
  }

  deinit {
    _ = Glibc.close(socket)
  }
}
