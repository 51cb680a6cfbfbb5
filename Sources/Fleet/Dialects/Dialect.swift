import Catalog
package import Scrape

/// The API of one kind of engine: its paths, and how its answers are read.
package struct Dialect: Sendable {
  package var kind: EngineKind
  /// A GET of it reports whether the engine serves.
  package var healthPath: String
  /// Whether engines of this kind may lack `healthPath`; then the list alone decides.
  package var healthIsOptional = false
  /// The meaning of statuses of `healthPath` where it differs from the usual one.
  package var healthStatuses: [Int: EngineHealth] = [:]
  /// The request that lists the models.
  package var list = EngineRequest(Dialect.listPath, limit: EngineRequest.listLimit)
  package var readsList: @Sendable (EngineResponse) throws(MalformedList) -> ModelList = {
    answer throws(MalformedList) in
    try ModelList(answer.body)
  }
  /// Paths that are read beside the list; a fact whose path has no answer stays unknown.
  package var morePaths: [String] = []
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
  package var resources: @Sendable (ModelList, ExchangeResults) -> [String: [String: Double]] = { _, _ in [:] }
  /// A GET of it reports how many requests are in flight; nil where there is none.
  package var loadPath: String?
  package var load: @Sendable (EngineResponse) -> Double? = { _ in nil }
  /// The path of the metrics, and their names; nil where there are none.
  package var metrics: (path: String, table: MetricTable)?
  /// The request for one token of a model; nil where none is known.
  package var proof: (@Sendable (_ modelID: String) -> EngineRequest)?

  /// The path at which OpenAI's clients, and so most engines, have the list.
  package static let listPath = "/v1/models"
}

/// The health that an engine reports.
package enum EngineHealth: Hashable, Sendable {
  case serving
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
