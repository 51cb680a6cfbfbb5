package import Catalog
package import Scrape

/// The API of one kind of engine: its paths, and how its answers are read.
package struct Dialect: Sendable {
  package var kind: EngineKind
  /// A GET of it reports whether the engine serves. An engine without it (404, 405, 501 or a redirect) reports no
  /// health: then its list decides.
  package var healthPath: String
  /// The meaning of an answer of `healthPath` where it differs from the usual one; nil: the usual one.
  package var health: @Sendable (EngineResponse) -> EngineHealth? = { _ in nil }
  /// The request that lists the models.
  package var list = EngineRequest(Dialect.listPath, limit: EngineRequest.listLimit)
  package var readsList: @Sendable (EngineResponse) throws(MalformedList) -> ModelList = {
    answer throws(MalformedList) in
    try ModelList(answer.body)
  }
  /// The answers that are read beside the list.
  package var parts: [DialectPart] = []
  package var versionPath: String?
  /// Whether an answer to `list` bears this kind's signature.
  package var recognises: @Sendable (EngineResponse, ModelList?) -> Bool
  /// A GET that only this kind answers in this way. It identifies kinds whose list bears no signature, or which have no
  /// list at `Dialect.listPath`.
  package var signature: (path: String, matches: @Sendable (EngineResponse) -> Bool)?
  package var models: @Sendable (ModelList, ExchangeResults) throws(MalformedList) -> [ReportedModel]
  /// The version in an answer to `versionPath`; empty if there is none.
  package var version: @Sendable (EngineResponse) -> String = { _ in "" }
  /// The resources that models take, by model id and the resource's name.
  package var resources: @Sendable (ModelList, ExchangeResults) -> [ByteString: [String: Double]] = { _, _ in [:] }
  /// A GET of it reports how many requests are in flight; nil where there is none.
  package var loadPath: String?
  package var load: @Sendable (EngineResponse) -> Double? = { _ in nil }
  /// The path of the metrics, and their names; nil where there are none.
  package var metrics: (path: String, table: MetricTable)?
  /// The tasks that prove life, in the order in which they are tried; empty where none is known.
  package var proofs: [ProofTask] = []

  /// The path at which OpenAI's clients, and so most engines, have the list.
  package static let listPath = "/v1/models"

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
  func models() throws(MalformedList) -> [ReportedModel] {
    guard !isNull else { throw MalformedList(reason: "'data' is null") }
    return cards.map { card in
      ReportedModel(
        ReplicaFacts(
          modelID: card.id, kind: card.parent.isEmpty ? .base : .adapter, ownedBy: card.ownedBy, root: card.root,
          parent: card.parent, maxModelLen: card.maxModelLen))
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
