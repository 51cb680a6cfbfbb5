import Fleet
import HTTP

/// How one engine is reached.
struct EngineContact: Sendable {
  let url: EngineURL
  let tls: ClientTLS
  /// nil: the engine has no key.
  let key: KeyHeader?

  /// The path of a request, as it is sent to the engine's own address.
  func target(of request: EngineRequest) -> String { url.path + request.path }

  /// Whether an address is the engine's own, which alone gets its key: the same authority, so from `http://host` also
  /// `https://host`, where it goes more safely than it went before.
  func isOwn(_ origin: EngineURL) -> Bool { origin.authority == url.authority }
}
