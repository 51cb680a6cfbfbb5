import Catalog
import FoundationEssentials

/// OpenVINO Model Server (read, not recorded: 2025). Its list in OpenAI's form is at `/v3/models`; `/v1/config` has the
/// states of all versions of all models. Both read what the server knows.
enum OVMS {
  static let dialect = Dialect(
    kind: .ovms,
    lists: [Dialect.list(at: "/v3/models")],
    parts: [DialectPart(path: configPath, facts: [.condition], isOptional: true) { phases(.response($0)) != nil }],
    signs: [
      .owner("OVMS"),
      .answer(configPath) { answer, list in
        guard let phases = phases(.response(answer)) else { return false }
        return list.cards.contains { phases[ByteString($0.id)] != nil }
      },
    ],
    models: { list, results in
      let phases = phases(results[configPath])
      return list.models().map { model in
        guard let phase = phases?[ByteString(model.facts.modelID)] else { return model }
        var model = model
        model.become(phase)
        return model
      }
    })

  private static let configPath = "/v1/config"

  private struct Model: Decodable {
    var versions: [Version]

    enum CodingKeys: String, CodingKey {
      case versions = "model_version_status"
    }

    struct Version: Decodable {
      var state: String
    }

    /// That of the version that requests get: any that is available.
    var phase: ModelPhase? {
      let phases = versions.compactMap { version -> ModelPhase? in
        switch version.state {
        case "AVAILABLE": ModelPhase(.ready)
        case "START", "LOADING": ModelPhase(.loading)
        case "UNLOADING": ModelPhase(.draining)
        case "END": ModelPhase(.cold)
        default: nil
        }
      }
      return phases.first { $0.state == .ready } ?? phases.first
    }
  }

  /// The states of the models by name; nil without an answer.
  private static func phases(_ result: ExchangeResult?) -> [ByteString: ModelPhase]? {
    guard let answer = result?.response, answer.isSuccess, let models = answer.decoded([String: Model].self) else {
      return nil
    }
    return Dictionary(models.compactMap { name, model in model.phase.map { (ByteString(name), $0) } }) { first, _ in
      first
    }
  }
}
