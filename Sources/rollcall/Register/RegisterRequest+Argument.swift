internal import Fleet
internal import Wire

extension RegisterRequest {
  /// Reads the form that `rollcall serve --engine` takes. Throws `CommandError` for options that a registration cannot
  /// carry.
  init(argument: String) throws {
    let spec: EngineSpec
    do {
      spec = try EngineSpec(argument: argument)
    } catch {
      throw CommandError(error.description)
    }
    self.init(url: spec.url.description)
    switch spec.key {
    case nil: break
    case .environment(let name): keyEnv = name
    case .file(let path): keyFile = path
    case .literal:
      throw CommandError("a key is not handed on: give key-env or key-file, which the server reads on its own machine")
    }
    guard !spec.isDraining else { throw CommandError("draining is no option here: end the registration instead") }
    namespace = spec.namespace
    kind = spec.kind?.rawValue ?? ""
    cluster = spec.cluster
    labels = spec.labels
    // Without an id the server chooses the engine's id.
    if argument.split(separator: ",").dropFirst().contains(where: { $0.hasPrefix("id=") }) { id = spec.id }
  }
}
