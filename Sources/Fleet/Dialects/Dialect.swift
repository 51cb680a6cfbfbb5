package import Catalog
package import Scrape

/// The API of one kind of engine: its paths, and how its answers are read.
package struct Dialect: Sendable {
  package var kind: EngineKind
  /// A GET of it reports whether the engine serves; nil: the list decides. So it does for an engine without that path
  /// (404, 405, 501 or a redirect).
  package var healthPath: String?
  /// The meaning of an answer of `healthPath`, with the request in words, where it differs from the usual one; nil: the
  /// usual one.
  package var health: @Sendable (EngineResponse, String) -> EngineHealth? = { _, _ in nil }
  /// The requests that list the models. The first that the engine has counts.
  package var lists = [Dialect.list(at: Dialect.listPath)]
  package var readsList: @Sendable (EngineResponse) throws(MalformedList) -> ModelList = {
    answer throws(MalformedList) in
    try ModelList(answer.body)
  }
  /// The answers that are read beside the list.
  package var parts: [DialectPart] = []
  package var versionPath: String?
  /// The signs of this kind, of which two must agree: others copy the one or the other.
  package var signs: [KindSign] = []
  package var models: @Sendable (ModelList, ExchangeResults) -> [ReportedModel] = { list, _ in list.models() }
  /// The version in an answer to `versionPath`; empty if there is none.
  package var version: @Sendable (EngineResponse) -> String = { _ in "" }
  /// The resources that models take, by model id and the resource's name.
  package var resources: @Sendable (ModelList, ExchangeResults) -> [ByteString: [String: Double]] = { _, _ in [:] }
  /// A GET of it reports how many requests are in flight; nil where there is none.
  package var loadPath: String?
  package var load: @Sendable (EngineResponse) -> Double? = { _ in nil }
  /// The path of the metrics, and their names; nil where there are none.
  package var metrics: (path: String, table: MetricTable)?
  /// Whether the metrics cost nothing now, as the other answers show.
  package var hasFreeMetrics: @Sendable (ExchangeResults) -> Bool = { _ in true }
  /// The tasks that prove life, in the order in which they are tried; empty where none is known.
  package var proofs: [ProofTask] = []

  /// The path at which OpenAI's clients, and so most engines, have the list.
  package static let listPath = "/v1/models"

  /// The GET of a list of models.
  package static func list(at path: String) -> EngineRequest {
    EngineRequest(path, limit: EngineRequest.listLimit)
  }

  /// The process metrics of Prometheus' client for Python. They are of the process that answers alone: of vLLM the API
  /// server, whose engine cores and workers are other processes. So their resources are named after the process; the
  /// older names without `process_` stay for clients that have them.
  static let processMetrics: [Metric] = [
    .gauge(.startTime, "process_start_time_seconds"),
    .resource("process_resident_memory_bytes", "process_resident_memory_bytes"),
    .resource("process_open_files", "process_open_fds"),
    .resource("process_cpu_cores", "process_cpu_seconds_total", isRate: true),
    .resource("resident_memory_bytes", "process_resident_memory_bytes"),
    .resource("open_files", "process_open_fds"),
    .resource("cpu_cores", "process_cpu_seconds_total", isRate: true),
  ]
}

/// An answer beside the list from which some facts of the models come.
package struct DialectPart: Sendable {
  package enum Fact: Hashable, Sendable {
    case condition
    case maxModelLen
    case version
  }

  var path: String
  var facts: Set<Fact>
  /// Whether engines of this kind may lack it: then it leaves no fact open.
  var isOptional = false
  /// Whether an answer holds the facts.
  var isWhole: @Sendable (EngineResponse) -> Bool
}

/// The health that an engine reports.
package enum EngineHealth: Hashable, Sendable {
  case serving
  /// The engine has no path for it.
  case untold
  /// The engine takes no requests now; `wait`: for how long, nil: it does not say.
  case notNow(String, wait: Duration?)
  case loading(String)
  case draining(String)
  /// The engine does not serve: not yet, or no longer.
  case unwell(String)
}

/// The results of one probe's exchanges by path.
package typealias ExchangeResults = [String: ExchangeResult]

extension ModelList {
  /// The entries as facts, in the form that vLLM writes and other engines copied: an adapter names its parent.
  func models() -> [ReportedModel] {
    cards.map { card in
      var model = ReportedModel(
        ReplicaFacts(
          modelID: card.id, kind: card.parent.isEmpty ? .base : .adapter, ownedBy: card.ownedBy, root: card.root,
          parent: card.parent, maxModelLen: card.maxModelLen))
      if let phase = card.phase { model.become(phase) }
      return model
    }
  }
}

/// `{"version": "..."}`, as several engines answer.
struct VersionAnswer: Decodable {
  var version: String

  static func read(_ answer: EngineResponse) -> String {
    let version = answer.isSuccess ? ModelCard.text(answer.decoded(Self.self)?.version) : ""
    return version.utf8.count <= 128 ? version : ""
  }
}
