internal import NIOHTTP1

/// The routes of the control server: a list of the engines, a configuration file with them, and switches.
struct ControlRoutes: Sendable {
  let engines: [SimulatedEngine]
  let key: String?

  private static let help = """
    GET  /_simulate/engines           every engine: url, mode, models, adapters
    GET  /_simulate/engines/{n}       some: 7, 0-9, 0-3,8 or all
    POST /_simulate/engines/{n}       {"mode":"slow","delay_ms":500} or ?mode=slow&delay_ms=500
    GET  /_simulate/config            a configuration file for `rollcall serve --config`
    Modes: \(EngineMode.names.dropLast().joined(separator: " "));
    restart is gone for delay_ms, then new.

    """

  func answer(to request: SimulatedRequest) async -> SimulatedAnswer {
    do {
      return try await route(request)
    } catch {
      return .json(#"{"error":\#(quoted("\(error)"))}"#, status: .badRequest)
    }
  }

  /// A configuration file with every engine and the key that the engine requires.
  var configuration: String {
    var text = "engines:\n"
    for engine in engines {
      text += "  - url: \(engine.url)\n"
      if let key { text += "    key: \(quoted(key))\n" }
    }
    return text
  }

  private func route(_ request: SimulatedRequest) async throws -> SimulatedAnswer {
    let path = request.path.split(separator: "/")
    guard path.first == "_simulate", path.count <= 3 else { return unknown }
    switch (request.method, path.dropFirst().first) {
    case (.GET, nil):
      return .text(Self.help, contentType: "text/plain; charset=utf-8")
    case (.GET, "config") where path.count == 2:
      return .text(configuration, contentType: "application/yaml")
    case (.GET, "engines"):
      return .json(list(path.count == 3 ? try selected(path[2]) : engines))
    case (.POST, "engines") where path.count == 3:
      let engines = try selected(path[2])
      try await turn(EngineSwitch(request), engines)
      return .json(list(engines))
    default:
      return unknown
    }
  }

  private var unknown: SimulatedAnswer {
    .json(#"{"error":"there is nothing here: GET /_simulate lists the paths"}"#, status: .notFound)
  }

  private func selected(_ text: Substring) throws -> [SimulatedEngine] {
    try EngineSelection(String(text), count: engines.count).indices.map { engines[$0] }
  }

  private func turn(_ wanted: EngineSwitch, _ engines: [SimulatedEngine]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for engine in engines {
        group.addTask {
          switch wanted {
          case .mode(let mode): try await engine.set(mode)
          case .restart(let downtime): try await engine.restart(downtime: downtime)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func list(_ engines: [SimulatedEngine]) -> String {
    let entries = engines.map { engine in
      let models = engine.models
      let (bases, adapters) = (models.filter { $0.parent == nil }, models.filter { $0.parent != nil })
      return """
        {"index":\(engine.index),"url":\(quoted(engine.url)),"mode":\(quoted(engine.mode.name)),\
        "models":[\(bases.map { quoted($0.id) }.joined(separator: ","))],\
        "adapters":[\(adapters.map { quoted($0.id) }.joined(separator: ","))]}
        """
    }
    return #"{"engines":[\#(entries.joined(separator: ",\n"))]}"# + "\n"
  }
}
