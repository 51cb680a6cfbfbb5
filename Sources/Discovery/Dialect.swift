import Catalog

/// What one kind of engine calls things: where it is asked, and how its answers are read.
package struct Dialect: Sendable {
  package var kind: EngineKind
  /// A GET of it tells whether the engine serves.
  package var healthPath: String
  /// Whether engines of this kind may lack `healthPath`; the list alone speaks then.
  package var healthIsOptional = false
  /// What is read beside the list; what is missing there leaves facts unknown.
  package var morePaths: [String] = []
  package var versionPath: String?
  /// Whether an answer to `listPath` bears this kind's signature.
  package var recognises: @Sendable (Answer, ModelList?) -> Bool
  package var models: @Sendable (ModelList, Replies) throws(MalformedList) -> [ServedModel]
  /// The version in an answer to `versionPath`; empty if there is none.
  package var version: @Sendable (Answer) -> String = { _ in "" }

  /// The list is at the same place in every dialect so far.
  package static let listPath = "/v1/models"
}

/// The replies of one probe by path.
package typealias Replies = [String: Reply]

extension ModelList {
  /// The entries as facts, as vLLM writes them and others copied: an adapter names its parent.
  func models() throws(MalformedList) -> [ServedModel] {
    guard !isNull else { throw MalformedList(reason: "'data' is null") }
    return cards.map { card in
      ServedModel(
        ReplicaFacts(
          modelID: card.id, kind: card.parent.isEmpty ? .base : .adapter, ownedBy: card.ownedBy, root: card.root,
          parent: card.parent, maxModelLen: card.maxModelLen))
    }
  }
}

/// `{"version": "..."}`, as several engines answer.
struct VersionAnswer: Decodable {
  var version: String

  static func read(_ answer: Answer) -> String {
    let version = answer.isSuccess ? ModelCard.text(answer.decoded(Self.self)?.version) : ""
    return version.utf8.count <= 128 ? version : ""
  }
}
