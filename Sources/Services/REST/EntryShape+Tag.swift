import Catalog
import HTTP
import Wire

/// Tags of bodies. Facts alone do not make a strong tag: another shape, or another version of the program, may write
/// the same facts differently.
extension EntryShape {
  /// The tag of a body in this shape that shows facts with this hash.
  func tag(_ facts: ContentHash) -> ETag {
    ETag(version + "-" + facts.hex)
  }

  /// The tag of a list. The body depends on the query, the models, and on whether a page has more to come.
  func tag(_ query: QueryFingerprint, _ facts: ContentHash, hasMore: Bool?) -> ETag {
    let page: UInt64 = hasMore.map { $0 ? 2 : 1 } ?? 0
    var bytes = [UInt8]()
    for word in query.words + [facts.first, facts.second, page] { bytes.append(word: word) }
    return tag(ContentHash(of: bytes))
  }

  /// A hash of the way in which this shape writes models.
  private var version: String {
    switch self {
    case .openAI: Self.openAIVersion
    case .anthropic: Self.anthropicVersion
    case .codex: Self.codexVersion
    case .ollama: Self.ollamaVersion
    case .ollamaRunning: Self.ollamaRunningVersion
    case .lmStudio: Self.lmStudioVersion
    }
  }

  private static let openAIVersion = version(.openAI)
  private static let anthropicVersion = version(.anthropic)
  private static let codexVersion = version(.codex)
  private static let ollamaVersion = version(.ollama)
  private static let ollamaRunningVersion = version(.ollamaRunning)
  private static let lmStudioVersion = version(.lmStudio)

  private static func version(_ shape: EntryShape) -> String {
    let example = ListBody.opening(shape, hasMore: true, ends: ("id", "id")) + shape.json(everything) + ListBody.closing
    return String(ContentHash(of: example).hex.prefix(8))
  }

  /// A model that has every member.
  private static let everything = Model(
    key: ModelKey(namespace: "namespace", id: "id"), kind: .adapter, state: .degraded, ownedBy: "owner",
    created: Timestamp(microseconds: 1), root: "root", parent: "parent", version: "version", maxModelLen: 1,
    labels: ["name": "value"], readyReplicas: 1, totalReplicas: 2,
    divergences: [Divergence(field: "root", values: [(value: "value", engineIDs: ["engine"])])], etag: "etag",
    revision: 1)
}
