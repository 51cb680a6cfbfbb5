import Catalog
package import FoundationEssentials

/// The answer to `GET /v1/models`, checked. Fields that are not named here are ignored, among them those that engines
/// make up per request (`created`, `permission`).
package struct ModelList: Sendable {
  package var cards: [ModelCard]
  /// `data` was null: Ollama without models.
  package var isNull: Bool

  /// Refuses the whole answer if any entry of it is bad: half a list would remove models that are there.
  package init(_ body: Data) throws(MalformedList) {
    let decoded: Wire
    do {
      decoded = try JSONDecoder().decode(Wire.self, from: body)
    } catch DecodingError.dataCorrupted {
      throw MalformedList(reason: "not JSON")
    } catch {
      throw MalformedList(reason: "no list under 'data' with a string 'id' in each entry")
    }
    try self.init(cards: decoded.data ?? [])
    isNull = decoded.data == nil
  }

  /// Refuses more entries than an observation can have, and ids that cannot be a model's or are there twice.
  init(cards: [ModelCard]) throws(MalformedList) {
    self.cards = cards
    isNull = false
    guard cards.count <= Observation.modelLimit else {
      throw MalformedList(reason: "more than \(Observation.modelLimit) models")
    }
    var ids: Set<ByteString> = []
    for card in cards {
      guard Observation.isIdentifier(card.id) else {
        throw MalformedList(reason: "an id is empty, over 512 bytes or has a NUL")
      }
      guard ids.insert(ByteString(card.id)).inserted else {
        throw MalformedList(reason: "an id is listed twice")
      }
    }
  }

  private struct Wire: Decodable {
    var data: [ModelCard]?

    enum CodingKeys: CodingKey { case data }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      // A missing `data` is an error, null is not.
      guard try !fields.decodeNil(forKey: .data) else { return }
      var entries = try fields.nestedUnkeyedContainer(forKey: .data)
      var cards: [ModelCard] = []
      // One entry above the limit is enough to refuse the list.
      while !entries.isAtEnd, cards.count <= Observation.modelLimit { cards.append(try entries.decode(ModelCard.self)) }
      data = cards
    }
  }
}

/// Why an engine's list was refused; repeats no text of the engine.
package struct MalformedList: Error, Hashable {
  package var reason: String
}
