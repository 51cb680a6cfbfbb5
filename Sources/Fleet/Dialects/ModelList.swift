import Catalog
package import FoundationEssentials

/// The answer to a request for a list of models. Fields that are not named here are ignored, among them those that
/// engines make up per request (`created`, `permission`).
package struct ModelList: Sendable {
  /// The entries with different ids.
  package var cards: [ModelCard] = []
  /// The number of entries without a usable id, which are left out.
  package var leftOut = 0
  /// Whether there are more entries than were read.
  package var isCut = false

  /// The largest number of entries that are read.
  private static let limit = 1 << 17

  init() {}

  /// Reads an object with a list under `data`, or a bare list. An entry without a usable id costs itself alone: the
  /// others are there.
  package init(_ body: Data) throws(MalformedList) {
    let decoded: Wire
    do {
      decoded = try LenientJSON.decode(Wire.self, from: body)
    } catch DecodingError.dataCorrupted {
      throw MalformedList(reason: LenientJSON.isHTML(body) ? "HTML instead of JSON" : "not JSON")
    } catch {
      throw MalformedList(reason: "no list under 'data'")
    }
    try self.init(decoded.entries)
    isCut = decoded.isCut
  }

  /// `entries`: nil for an entry that is not readable. Refuses a list of such entries alone: it says nothing of the
  /// models that are known.
  init(_ entries: [ModelCard?]) throws(MalformedList) {
    var ids: Set<ByteString> = []
    for case let card in entries {
      guard let card, Observation.isIdentifier(card.id) else {
        leftOut += 1
        continue
      }
      // An id that is listed twice is one model.
      if ids.insert(ByteString(card.id)).inserted { cards.append(card) }
    }
    if cards.isEmpty, leftOut > 0 { throw MalformedList(reason: "none of its \(leftOut) entries has a usable id") }
  }

  private struct Wire: Decodable {
    var entries: [ModelCard?] = []
    var isCut = false

    enum CodingKeys: CodingKey { case data }

    init(from decoder: any Decoder) throws {
      var list: any UnkeyedDecodingContainer
      if let bare = try? decoder.unkeyedContainer() {
        list = bare
      } else {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // A missing `data` is an error, null is not.
        guard try !fields.decodeNil(forKey: .data) else { return }
        list = try fields.nestedUnkeyedContainer(forKey: .data)
      }
      while !list.isAtEnd, !isCut {
        isCut = entries.count == ModelList.limit
        if !isCut { entries.append(try list.decode(Entry.self).card) }
      }
    }
  }

  /// An entry of any form.
  private struct Entry: Decodable {
    var card: ModelCard?

    init(from decoder: any Decoder) throws { card = try? ModelCard(from: decoder) }
  }
}

extension ModelList {
  /// What of the list is not told, in words; empty: nothing.
  var remark: String {
    switch leftOut {
    case 0: ""
    case 1: "1 entry of its list is left out: it has no usable id"
    default: "\(leftOut) entries of its list are left out: they have no usable id"
    }
  }
}

/// Why an engine's list was refused; repeats no text of the engine.
package struct MalformedList: Error, Hashable {
  package var reason: String
}
