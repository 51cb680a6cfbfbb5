import Catalog

/// Ollama (read, not recorded). The list has every installed model, `/api/ps` those in memory: the others are COLD.
/// `data` is null when nothing is installed. It never gets a proof of life: a token would keep a model in memory. The
/// paths here load no model and keep none in memory. Other servers copy `/api/version` and `/api/ps`; Ollama's ids
/// have a tag, and its models a digest of their manifest.
enum Ollama {
  static let dialect = Dialect(
    kind: .ollama,
    healthPath: versionPath,
    parts: [
      DialectPart(path: tagsPath, facts: [.version]) { entries(.response($0)) != nil },
      DialectPart(path: loadedPath, facts: [.condition, .maxModelLen]) { entries(.response($0)) != nil },
    ],
    versionPath: versionPath,
    signs: [
      .list { _, list in
        list.cards.isEmpty || list.cards.count { $0.id.utf8.contains(UInt8(ascii: ":")) } * 2 > list.cards.count
      },
      .answer(tagsPath) { answer, list in
        // A Rollcall answers as Ollama does, and says so.
        guard answer.server != "rollcall", let installed = entries(.response(answer)),
          installed.isEmpty == list.cards.isEmpty
        else { return false }
        return list.cards.contains { installed[$0.id] != nil } != list.cards.isEmpty
          && installed.values.contains(where: \.hasDigest) != installed.isEmpty
          && installed.values.allSatisfy { $0.digest == nil || $0.hasDigest }
      },
    ],
    models: { list, results in
      let installed = entries(results[tagsPath])
      let loaded = entries(results[loadedPath])
      return list.cards.map { card in
        let entry = loaded?[card.id]
        let facts = ReplicaFacts(
          modelID: card.id, ownedBy: card.ownedBy,
          // As `ollama list` shows it.
          version: String(ModelCard.text(installed?[card.id]?.digest).prefix(12)),
          maxModelLen: entry?.context_length?.value?.count ?? 0)
        // Without an answer of `/api/ps` it is unknown which models are in memory.
        return ReportedModel(facts, state: loaded == nil ? nil : entry == nil ? .cold : .ready)
      }
    },
    version: VersionAnswer.read,
    resources: { list, results in
      let installed = entries(results[tagsPath])
      let loaded = entries(results[loadedPath])
      return list.cards.reduce(into: [:]) { taken, card in
        let sizes = [
          ("model_bytes", installed?[card.id]?.size?.value), ("vram_bytes", loaded?[card.id]?.size_vram?.value),
        ]
        for case (let name, let size?) in sizes where size >= 0 { taken[card.id, default: [:]][name] = size }
      }
    })

  private static let versionPath = "/api/version"
  private static let tagsPath = "/api/tags"
  private static let loadedPath = "/api/ps"

  private static func entries(_ result: ExchangeResult?) -> [ByteString: Entry]? {
    guard let answer = result?.response, answer.isSuccess, let list = answer.decoded(Entries.self) else { return nil }
    return Dictionary((list.models ?? []).compactMap(\.value).map { (ByteString($0.name), $0) }) { first, _ in first }
  }

  private struct Entries: Decodable {
    var models: [Lenient<Entry>]?
  }

  private struct Entry: Decodable {
    var name: String
    var digest: String?
    /// Whether the digest is SHA-256's, in hexadecimal.
    var hasDigest: Bool { digest.map { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) } ?? false }
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var context_length: Lenient<Tokens>?
    /// Bytes.
    var size: Lenient<Double>?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var size_vram: Lenient<Double>?
  }
}
