import Catalog
import FoundationEssentials
import Scrape

/// Triton Inference Server (read, not recorded). Its models are those of its repository, each with a state of its own.
/// So health is whether the server lives: readiness would be gone with any one model. While it exits it is 503.
///
/// Metrics are on another port (8002), and are read only where they are served below the same URL. There is no request
/// that every model takes, hence no proof of life. Triton's OpenAI frontend has OpenAI's dialect.
enum Triton {
  static let dialect = Dialect(
    kind: .triton,
    healthPath: "/v2/health/live",
    health: { answer in
      if answer.status == 400 { return .unwell("GET /v2/health/live: 400") }
      return answer.status == 503 && answer.decoded(Failure.self) != nil ? .draining("the server exits") : nil
    },
    list: EngineRequest("/v2/repository/index", body: "{}", limit: EngineRequest.listLimit),
    readsList: { answer throws(MalformedList) in try repository(answer) },
    versionPath: serverPath,
    recognises: { _, _ in false },
    signature: (serverPath, { answer in answer.isSuccess && answer.decoded(Server.self)?.name == "triton" }),
    models: { list, _ throws(MalformedList) in
      list.cards.map { card in
        let facts = ReplicaFacts(modelID: card.id, version: card.version)
        guard let status = card.status else { return ReportedModel(facts, state: .cold) }
        let (state, reason) = condition(status.value, status.reason)
        return ReportedModel(facts, state: state, reason: reason)
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
  }

  /// One version of one model; a name alone is a model that was never loaded.
  private struct Entry: Decodable {
    var name: String
    var version: String
    var state: String
    var reason: String

    enum CodingKeys: CodingKey { case name, version, state, reason }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) -> String { ModelCard.text(try? fields.decode(String.self, forKey: key)) }
      name = try fields.decode(String.self, forKey: .name)
      (version, state, reason) = (text(.version), text(.state), text(.reason))
    }

    var card: ModelCard {
      var card = ModelCard(id: name)
      card.version = version
      card.status = ModelCard.Status(value: state, reason: reason)
      return card
    }
  }

  /// Lists each model with its best version, of equal ones the newest: the version that a request without a version
  /// gets.
  private static func repository(_ answer: EngineResponse) throws(MalformedList) -> ModelList {
    guard let entries = answer.decoded([Entry].self) else {
      throw MalformedList(reason: "no list with a string 'name' in each entry")
    }
    var best: [ByteString: Entry] = [:]
    var names: [String] = []
    for entry in entries {
      guard let known = best[entry.name] else {
        names.append(entry.name)
        best[entry.name] = entry
        continue
      }
      if rank(entry) > rank(known) { best[entry.name] = entry }
    }
    return try ModelList(cards: names.compactMap { best[$0]?.card })
  }

  private static func rank(_ entry: Entry) -> (Int, Int64) {
    let states: [ModelState] = [.cold, .failed, .draining, .loading, .ready]
    return (states.firstIndex(of: condition(entry.state, entry.reason).0) ?? 0, Int64(entry.version) ?? -1)
  }

  private static func condition(_ state: String, _ text: String) -> (ModelState, String) {
    // Triton's reasons can be whole logs.
    let reason = String(text.prefix { !$0.isNewline }.prefix(200))
    return switch state {
    case "READY": (.ready, "")
    case "LOADING": (.loading, reason)
    case "UNLOADING": (.draining, reason)
    case "UNAVAILABLE" where !reason.isEmpty && reason != "unloaded": (.failed, reason)
    default: (.cold, "")
    }
  }
}
