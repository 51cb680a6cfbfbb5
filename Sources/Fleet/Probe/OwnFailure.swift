import Glibc

/// A trouble of this process or its machine that keeps a request from the network. It proves nothing about an engine,
/// except that no client of this machine reaches the engine when the trouble lasts and `mayCutOff` is true.
package enum OwnFailure: Error, Hashable, Sendable, CaseIterable {
  /// This process may open no more files and sockets (EMFILE).
  case openFiles
  /// The machine may open no more files and sockets (ENFILE).
  case machineFiles
  /// The kernel has no memory for a socket (ENOMEM, ENOBUFS).
  case memory
  /// No local address or port is left for a connection (EADDRNOTAVAIL, EAGAIN).
  case localPorts

  /// nil when the error is none of these.
  package init?(errno: CInt) {
    switch errno {
    case EMFILE: self = .openFiles
    case ENFILE: self = .machineFiles
    case ENOMEM, ENOBUFS: self = .memory
    case EADDRNOTAVAIL, EAGAIN: self = .localPorts
    default: return nil
    }
  }

  /// The trouble that a new socket meets now; nil: none. It explains failures whose errno a library hides.
  package static var current: OwnFailure? {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return OwnFailure(errno: errno) }
    close(descriptor)
    return nil
  }

  /// Whether the trouble may also mean that this machine has no way to the engine: it has lost every address of the
  /// engine's kind, say the last of IPv6.
  var mayCutOff: Bool { self == .localPorts }

  /// The trouble in words, for people.
  package var text: String {
    switch self {
    case .openFiles: "this process has too many open files"
    case .machineFiles: "this machine has too many open files"
    case .memory: "this machine has no memory for a socket"
    case .localPorts: "this machine has no local address or port left"
    }
  }
}
