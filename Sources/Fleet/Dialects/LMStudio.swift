import Catalog

/// LM Studio (read, not recorded: 0.3). `/api/v0/models` has each model's state and context length; it loads none. A
/// proof of life would load one, so there is none.
enum LMStudio {
  static let dialect = Dialect(
    kind: .lmstudio,
    parts: [
      DialectPart(path: statesPath, facts: [.condition, .maxModelLen]) { entries(.response($0)) != nil }
    ],
    signs: [
      .owner("organization_owner", "organization-owner"),
      .answer(statesPath) { answer, list in
        guard let entries = entries(.response(answer)) else { return false }
        return list.cards.contains { entries[ByteString($0.id)]?.publisher != nil }
      },
    ],
    models: { list, results in
      let entries = entries(results[statesPath])
      return list.models().map { model in
        guard let entry = entries?[ByteString(model.facts.modelID)] else { return model }
        var model = model
        // An owner that is a placeholder is no fact.
        model.facts.ownedBy = ModelCard.text(entry.publisher)
        model.facts.maxModelLen = entry.loadedLength?.count ?? entry.maxLength?.count ?? model.facts.maxModelLen
        if let phase = entry.state.flatMap(ModelPhase.init(word:)) { model.become(phase) }
        return model
      }
    })

  private static let statesPath = "/api/v0/models"

  private struct Entry: Decodable {
    var id: String
    var publisher: String?
    var state: String?
    var maxLength: Tokens?
    var loadedLength: Tokens?

    enum CodingKeys: String, CodingKey {
      case id, publisher, state
      case maxLength = "max_context_length"
      case loadedLength = "loaded_context_length"
    }
  }

  private struct Entries: Decodable {
    var data: [Entry]
  }

  private static func entries(_ result: ExchangeResult?) -> [ByteString: Entry]? {
    guard let answer = result?.response, answer.isSuccess, let list = answer.decoded(Entries.self) else { return nil }
    return Dictionary(list.data.map { (ByteString($0.id), $0) }) { first, _ in first }
  }
}
