import Fleet

/// How one engine is reached.
struct EngineContact: Sendable {
  let url: EngineURL
  let tls: EngineTLS
  /// nil: the engine has no key.
  let key: KeyHeader?

  /// The path of a request, as it is sent to the engine's own address.
  func target(of request: EngineRequest) -> String { url.path + request.path }

  /// Whether an address is the engine's own, which alone gets its key.
  func isOwn(_ origin: EngineURL) -> Bool { origin.host == url.host && origin.port == url.port }
}
