import Catalog
import TestKit

/// A filter as a tree: rendered as text for a server, and evaluated here by plain code.
indirect enum FilterTree {
  case all([FilterTree])
  case any([FilterTree])
  case not(FilterTree)
  /// A word without a field.
  case word(String)
  case compare(QueryField, Comparator, Literal)
  /// `field:*`
  case has(QueryField)
  /// `labels:name`
  case hasLabel(String)
}

enum Comparator: String, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case greater = ">"
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  /// Of a text: contains.
  case has = ":"
}

/// What stands right of a comparator.
enum Literal {
  /// Texts with any run of characters between each two.
  case pattern([String])
  case name(String)
  case number(Int64)
  /// A moment as one of its spellings.
  case moment(Timestamp, spelling: String)
}

extension FilterTree {
  /// Whether a model passes.
  func holds(for model: Model) -> Bool {
    switch self {
    case .all(let parts): parts.allSatisfy { $0.holds(for: model) }
    case .any(let parts): parts.contains { $0.holds(for: model) }
    case .not(let part): !part.holds(for: model)
    case .word(let word):
      ([model.key.id, model.parent, model.root, model.ownedBy] + model.labels.values)
        .contains { contains($0, word) }
    case .compare(let field, .notEqual, let literal):
      // Of elements any may be another; a single value that is not there is another too.
      field.isRepeated
        ? field.values(of: model).contains { !isEqual($0, literal) }
        : !field.values(of: model).contains { isEqual($0, literal) }
    case .compare(let field, let comparator, let literal):
      field.values(of: model).contains { compares($0, comparator, literal) }
    // A label may be empty and there.
    case .has(.label(let name)): FilterTree.hasLabel(name).holds(for: model)
    case .has(let field): field.values(of: model).contains { !$0.isDefault }
    case .hasLabel(let name): model.labels.keys.contains { bytes($0) == bytes(name) }
    }
  }
}

extension FilterTree {
  func names(_ field: QueryField) -> Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains { $0.names(field) }
    case .not(let part): part.names(field)
    case .compare(let other, _, _), .has(let other): other == field
    case .word, .hasLabel: false
    }
  }
}

private func isEqual(_ value: QueryValue, _ literal: Literal) -> Bool { compares(value, .equal, literal) }

private func compares(_ value: QueryValue, _ comparator: Comparator, _ literal: Literal) -> Bool {
  switch (value, literal) {
  case (.text(let text), .pattern(let pieces)):
    switch comparator {
    case .equal: isMatch(bytes(text)[...], pieces.map(bytes)[...])
    case .has: contains(text, pieces[0])
    default: holds(comparator, bytes(text).lexicographicallyPrecedes(bytes(pieces[0])), bytes(text) == bytes(pieces[0]))
    }
  case (.name(let name, _), .name(let wanted)): holds(comparator, false, name == wanted)
  case (.number(let number), .number(let wanted)): holds(comparator, number < wanted, number == wanted)
  case (.moment(let moment), .moment(let wanted, _)): holds(comparator, moment < wanted, moment == wanted)
  default: preconditionFailure("a literal of another type than its field")
  }
}

private func holds(_ comparator: Comparator, _ isLess: Bool, _ isEqual: Bool) -> Bool {
  switch comparator {
  case .equal, .has: isEqual
  case .notEqual: !isEqual
  case .less: isLess
  case .greater: !isLess && !isEqual
  case .lessOrEqual: isLess || isEqual
  case .greaterOrEqual: !isLess
  }
}

/// Whether a text is these pieces with anything between each two.
private func isMatch(_ text: ArraySlice<UInt8>, _ pieces: ArraySlice<[UInt8]>) -> Bool {
  guard let piece = pieces.first, text.starts(with: piece) else { return false }
  let rest = text.dropFirst(piece.count)
  if pieces.count == 1 { return rest.isEmpty }
  // The last piece may be empty, and is then there at the end as well.
  return (rest.startIndex...rest.endIndex).contains { isMatch(rest[$0...], pieces.dropFirst()) }
}

/// Whether a text has another within, whatever the case of ASCII letters.
private func contains(_ text: String, _ part: String) -> Bool {
  let (text, part) = (lowered(text), lowered(part))
  guard part.count <= text.count else { return false }
  return (0...text.count - part.count).contains { text[$0...].starts(with: part) }
}

private func lowered(_ text: String) -> [UInt8] {
  text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
