import Catalog
import TestKit

/// Writes trees as a person or a program might: with and without needless parentheses, quotes and blanks.
struct FilterWriter {
  var random: Chance

  /// What may stand somewhere without parentheses, from everything to least.
  private enum Place: Int {
    case expression, factor, term, simple
  }

  mutating func text(_ tree: FilterTree) -> String {
    (random.one(in: 8) ? blanks() : "") + text(tree, in: .expression) + (random.one(in: 8) ? blanks() : "")
  }

  private mutating func text(_ tree: FilterTree, in place: Place) -> String {
    let text: String
    let needed: Place
    switch tree {
    case .all(let parts):
      needed = .expression
      text = joined(parts, in: .factor) { $0.one(in: 2) ? "AND" : "" }
    case .any(let parts):
      needed = .factor
      text = joined(parts, in: .term) { _ in "OR" }
    case .not(let part):
      needed = .term
      text = (random.one(in: 2) ? "-" : "NOT" + blanks()) + self.text(part, in: .simple)
    case .word(let word):
      needed = .simple
      text = isPlainWord(word) && !random.one(in: 3) ? word : quoted(word)
    case .compare(let field, let comparator, let literal):
      needed = .simple
      text = name(field) + around(comparator.rawValue) + value(literal)
    case .has(let field):
      needed = .simple
      text = name(field) + around(":") + "*"
    case .hasLabel(let name):
      needed = .simple
      text = "labels" + around(":") + (isPlainValue(name) && !random.one(in: 3) ? name : quoted(name))
    }
    guard place.rawValue > needed.rawValue || random.one(in: 6) else { return text }
    return "(\(maybeBlanks())\(text)\(maybeBlanks()))"
  }

  private mutating func joined(
    _ parts: [FilterTree], in place: Place, by keyword: (inout Chance) -> String
  ) -> String {
    var text = ""
    for (index, part) in parts.enumerated() {
      if index > 0 {
        let word = keyword(&random)
        text += blanks() + (word.isEmpty ? "" : word + blanks())
      }
      text += self.text(part, in: place)
    }
    return text
  }

  // MARK: - Names and values

  func name(_ field: QueryField) -> String {
    switch field {
    case .namespace: "namespace"
    case .id: "id"
    case .kind: "kind"
    case .state: "state"
    case .ownedBy: "owned_by"
    case .created: "created"
    case .root: "root"
    case .parent: "parent"
    case .version: "version"
    case .maxModelLen: "max_model_len"
    case .readyReplicas: "ready_replicas"
    case .totalReplicas: "total_replicas"
    case .etag: "etag"
    case .revision: "revision"
    case .label(let name): "labels." + (isPlainName(name) ? name : "\"\(escaped(name, in: "\""))\"")
    case .replica(let field): "replicas." + field.rawValue
    case .divergence: "divergences.field"
    }
  }

  private mutating func value(_ literal: Literal) -> String {
    switch literal {
    case .pattern(let pieces):
      if pieces.joined() != "", pieces.joined(separator: "").allSatisfy(isPlain), !random.one(in: 2) {
        let plain = pieces.joined(separator: "*")
        if !Self.keywords.contains(plain) { return plain }
      }
      let quote = random.one(in: 2) ? "\"" : "'"
      return quote + pieces.map { escaped($0, in: quote) }.joined(separator: "*") + quote
    case .name(let name): return random.one(in: 4) ? quoted(name) : name
    case .number(let number): return random.one(in: 6) ? quoted(String(number)) : String(number)
    case .moment(_, let spelling): return random.one(in: 3) ? quoted(spelling) : spelling
    }
  }

  private mutating func quoted(_ text: String) -> String {
    let quote = random.one(in: 2) ? "\"" : "'"
    return quote + escaped(text, in: quote) + quote
  }

  private func escaped(_ text: String, in quote: String) -> String {
    text.unicodeScalars.map { scalar in
      let character = String(scalar)
      return ["*", "\\", quote].contains(character) ? "\\" + character : character
    }.joined()
  }

  private static let keywords: Set<String> = ["AND", "OR", "NOT"]

  private func isPlainWord(_ text: String) -> Bool {
    !Self.keywords.contains(text)
      && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789_".unicodeScalars.contains($0) }
  }

  private func isPlainValue(_ text: String) -> Bool {
    !text.isEmpty && !Self.keywords.contains(text) && text.allSatisfy(isPlain)
  }

  private func isPlain(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789_./:-+@=#".unicodeScalars.contains($0)
    }
  }

  private func isPlainName(_ text: String) -> Bool {
    !Self.keywords.contains(text) && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
  }

  // MARK: - Blanks

  private mutating func blanks() -> String { random.pick([" ", " ", " ", "  ", "   "]) }

  private mutating func maybeBlanks() -> String { random.one(in: 3) ? blanks() : "" }

  private mutating func around(_ comparator: String) -> String { maybeBlanks() + comparator + maybeBlanks() }
}
