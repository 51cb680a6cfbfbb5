import AsyncHTTPClient
import NIOCore

/// The client's errors in our words: no more detail than a reason needs, and none that moves from probe to probe.
extension ProbeFailure {
  init(beforeHead error: any Error) {
    switch error as? HTTPClientError {
    case .connectTimeout, .readTimeout, .deadlineExceeded, .cancelled, .getConnectionFromPoolTimeout:
      self = .timedOut
    case .remoteConnectionClosed:
      self = .closed
    case .tlsHandshakeTimeout:
      self = .tls
    default:
      self = error is ChannelError ? .timedOut : Self(described: error)
    }
  }

  private init(described error: any Error) {
    // The rest are types of modules that this room does not use; their descriptions tell them apart.
    let text = "\(type(of: error)) \(error)"
    self = Self.telling.first { text.contains($0.words) }?.failure ?? .other("no connection")
  }

  init(inBody error: any Error) {
    switch error as? HTTPClientError {
    case .readTimeout, .deadlineExceeded, .cancelled: self = .timedOut
    default: self = .truncated
    }
  }

  private static let telling: [(words: String, failure: ProbeFailure)] = [
    ("Connection refused", .connectionRefused), ("Connection reset", .closed), ("Broken pipe", .closed),
    ("UnknownHost", .nameNotFound), ("SSL", .tls), ("HTTPParser", .notHTTP), ("HTTPDecoding", .notHTTP),
    ("No route to host", .other("no route to the host")), ("unreachable", .other("the network is unreachable")),
  ]
}
