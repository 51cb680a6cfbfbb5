import Catalog
import FoundationEssentials
import Scrape

/// Triton Inference Server (recorded: 2.51, in part). Its models are those of its repository, each with a state of its own.
/// So health is whether the server lives: readiness would be gone with any one model. While it exits it is 503.
///
/// Metrics are on another port (8002), and are read only where they are served below the same URL. There is no request
/// that every model takes, hence no proof of life. Triton's OpenAI frontend has OpenAI's dialect.
enum Triton {
  static let dialect = Dialect(
    kind: .triton,
    healthPath: "/v2/health/live",
    health: { answer, asked in
      if answer.status == 400 { return .unwell("\(asked): 400") }
      return answer.status == 503 && answer.decoded(Failure.self) != nil ? .draining("the server exits") : nil
    },
    lists: [EngineRequest("/v2/repository/index", body: "{}", limit: EngineRequest.listLimit)],
    readsList: { answer throws(MalformedList) in try repository(answer) },
    versionPath: serverPath,
    signs: [
      .answer(serverPath) { answer, _ in answer.isSuccess && answer.decoded(Server.self)?.name == "triton" },
      .answer(serverPath) { answer, _ in
        answer.decoded(Server.self)?.extensions?.contains("model_repository") ?? false
      },
    ],
    models: { list, _ in
      list.cards.map { card in
        var model = ReportedModel(ReplicaFacts(modelID: card.id, version: card.version))
        if let phase = card.phase { model.become(phase) }
        return model
      }
    },
    version: VersionAnswer.read,
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.waitingRequests, "nv_inference_pending_request_count", perModel: "model"),
        .counter(.finishedRequests, "nv_inference_request_success", perModel: "model"),
      ])
    ))

  private static let serverPath = "/v2"

  /// `{"error":"Server exiting"}`, as no proxy answers in Triton's place.
  private struct Failure: Decodable {
    var error: String
  }

  private struct Server: Decodable {
    var name: String
    var extensions: [String]?
  }

  /// One version of one model; a name alone is a model that was never loaded.
  private struct Entry: Decodable {
    /// nil: it is not usable.
    var name: String?
    var version: String
    var phase: ModelPhase

    enum CodingKeys: CodingKey { case name, version, state, reason }

    init(from decoder: any Decoder) throws {
      let fields = try? decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) -> String { ModelCard.text(try? fields?.decode(String.self, forKey: key)) }
      name = try? fields?.decode(String.self, forKey: .name)
      version = text(.version)
      phase = Entry.phase(text(.state), text(.reason))
    }

    var card: ModelCard? {
      name.map { name in
        var card = ModelCard(id: name)
        card.version = version
        card.phase = phase
        return card
      }
    }

    /// Of several versions the one of the highest rank counts: a request without a version gets it.
    var rank: (Int, Int64) {
      let states: [ModelState] = [.cold, .failed, .draining, .loading, .ready]
      return (states.firstIndex(of: phase.state) ?? 0, Int64(version) ?? -1)
    }

    private static func phase(_ state: String, _ text: String) -> ModelPhase {
      // Triton's reasons can be whole logs.
      let reason = String(text.prefix { !$0.isNewline }.prefix(200))
      return switch state {
      case "READY": ModelPhase(.ready)
      case "LOADING": ModelPhase(.loading, reason)
      case "UNLOADING": ModelPhase(.draining, reason)
      case "UNAVAILABLE" where !reason.isEmpty && reason != "unloaded": ModelPhase(.failed, reason)
      default: ModelPhase(.cold)
      }
    }
  }

  /// Lists each model with its best version, of equal ones the newest.
  private static func repository(_ answer: EngineResponse) throws(MalformedList) -> ModelList {
    guard let entries = answer.decoded([Entry].self) else { throw MalformedList(reason: "no list of models") }
    var best: [ByteString: Entry] = [:]
    var names: [ByteString] = []
    var leftOut: [ModelCard?] = []
    for entry in entries {
      guard let name = entry.name.map({ ByteString($0) }) else {
        leftOut.append(nil)
        continue
      }
      guard let known = best[name] else {
        names.append(name)
        best[name] = entry
        continue
      }
      if entry.rank > known.rank { best[name] = entry }
    }
    return try ModelList(names.map { best[$0]?.card } + leftOut)
  }
}
