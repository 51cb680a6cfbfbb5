internal import Fleet
internal import Wire

extension RegisterRequest {
  /// Reads the form that `rollcall serve --engine` takes. Throws `CommandError` for options that a registration cannot
  /// carry.
  init(argument: String) throws {
    let spec: EngineSpec
    let options: EngineOptions
    do {
      let parts = try EngineArgument.parts(of: argument)
      options = parts.options
      spec = try options.spec(url: parts.url, labels: parts.labels)
    } catch {
      throw CommandError(error.description)
    }
    guard options[.key] == nil else {
      throw CommandError("a key is not handed on: give key-env or key-file, which the server reads on its own machine")
    }
    guard !spec.isDraining else { throw CommandError("draining is no option here: end the registration instead") }
    self.init(url: spec.url.description)
    keyEnv = options[.keyEnv] ?? ""
    keyFile = options[.keyFile] ?? ""
    namespace = spec.namespace
    kind = spec.kind?.rawValue ?? ""
    cluster = spec.cluster
    labels = spec.labels
    // Without an id the server chooses the engine's id.
    id = options[.id] ?? ""
    for option in options.given where option.isAsking { self.options[option.rawValue] = options[option] }
  }
}
