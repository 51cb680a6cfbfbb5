import Catalog
package import Scrape

/// What one kind of engine calls things: where it is asked, and how its answers are read.
package struct Dialect: Sendable {
  package var kind: EngineKind
  /// A GET of it tells whether the engine serves.
  package var healthPath: String
  /// Whether engines of this kind may lack `healthPath`; the list alone speaks then.
  package var healthIsOptional = false
  /// What statuses of `healthPath` mean here, where it is not what they mean everywhere.
  package var healthStatuses: [Int: EngineHealth] = [:]
  /// What the models are listed by.
  package var list = EngineRequest(Dialect.listPath, limit: EngineRequest.listLimit)
  package var readsList: @Sendable (EngineResponse) throws(MalformedList) -> ModelList = {
    answer throws(MalformedList) in
    try ModelList(answer.body)
  }
  /// What is read beside the list; what is missing there leaves facts unknown.
  package var morePaths: [String] = []
  package var versionPath: String?
  /// Whether an answer to `list` bears this kind's signature.
  package var recognises: @Sendable (EngineResponse, ModelList?) -> Bool
  /// A GET that this kind alone answers so: how it is told from others whose list bears no signature, or which have
  /// none at `Dialect.listPath`.
  package var signature: (path: String, isBorne: @Sendable (EngineResponse) -> Bool)?
  package var models: @Sendable (ModelList, ExchangeResults) throws(MalformedList) -> [ReportedModel]
  /// The version in an answer to `versionPath`; empty if there is none.
  package var version: @Sendable (EngineResponse) -> String = { _ in "" }
  /// What models take, by model id and the resource's name.
  package var resources: @Sendable (ModelList, ExchangeResults) -> [String: [String: Double]] = { _, _ in [:] }
  /// A GET of it tells how many requests are in flight.
  package var loadPath: String?
  package var load: @Sendable (EngineResponse) -> Double? = { _ in nil }
  /// Where the metrics are, and what they are called; nil where there are none.
  package var metrics: (path: String, table: MetricTable)?
  /// How a model is asked for one token; nil where that is not known.
  package var proof: (@Sendable (_ modelID: String) -> EngineRequest)?

  /// Where OpenAI's clients, and so most engines, have the list.
  package static let listPath = "/v1/models"
}

/// What an engine's health says.
package enum EngineHealth: Hashable, Sendable {
  case serving
  case loading(String)
  case draining(String)
  /// It does not serve: not yet, or no more.
  case unwell(String)
}

/// The results of one probe's exchanges by path.
package typealias ExchangeResults = [String: ExchangeResult]

extension ModelList {
  /// The entries as facts, as vLLM writes them and others copied: an adapter names its parent.
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
