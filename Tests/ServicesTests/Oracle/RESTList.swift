import Catalog
import Foundation
import Testing

enum RESTShape: Hashable {
  case openAI, anthropic, codex
}

/// The body of a list in one of the shapes.
struct RESTList {
  /// What tells models apart in that shape.
  struct Entry: Hashable {
    var id: String
    var more: [String]

    init(_ model: Model, _ shape: RESTShape) {
      id = model.key.id
      more = shape == .openAI ? [model.key.namespace, model.etag, model.state.name] : []
    }

    fileprivate init(_ entry: [String: Any], _ shape: RESTShape) throws {
      id = try #require(entry[shape == .codex ? "slug" : "id"] as? String)
      more = try shape == .openAI ? ["namespace", "etag", "state"].map { try #require(entry[$0] as? String) } : []
    }

    static func == (a: Entry, b: Entry) -> Bool {
      bytes(a.id) == bytes(b.id) && a.more == b.more
    }
  }

  var text: String
  var entries: [Entry]
  var hasMore: Bool?
  var firstID: String?
  var lastID: String?

  init(_ text: String, _ shape: RESTShape) throws {
    let parsed = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let list = try #require(parsed[shape == .codex ? "models" : "data"] as? [[String: Any]])
    self.text = text
    entries = try list.map { try Entry($0, shape) }
    hasMore = parsed["has_more"] as? Bool
    firstID = parsed["first_id"] as? String
    lastID = parsed["last_id"] as? String
  }
}
