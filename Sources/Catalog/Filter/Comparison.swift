/// One parsed comparison, before it becomes a typed node.
struct Comparison {
  var field: FilterField
  var name: QueryName
  var comparator: Comparator
  /// The byte index of the comparator in the query.
  var comparatorStart: Int
  var value: Literal
  /// The scanner, which knows the positions for errors.
  var scanner: QueryScanner

  func node() throws(QueryTextError) -> FilterNode {
    switch field {
    case .group(let group): try node(of: group)
    case .model(let field): .model(field, try test(type: field.type, filled: field.filled))
    case .replica(let field): .replicas(field, try test(type: field.type, filled: .filled))
    case .divergence(let field): .divergences(field, try test(type: .text, filled: .filled))
    }
  }

  private func node(of group: FilterField.Group) throws(QueryTextError) -> FilterNode {
    if comparator == .has {
      if value.isStar { return .group(group) }
      if group == .labels, !value.bytes.isEmpty {
        guard value.stars.isEmpty else { throw scanner.strayStar(value) }
        return .model(.label(ByteString(value.text)), .known)
      }
    }
    throw scanner.error(at: name.start, "\(name.short) holds several values: write \(group.instead)")
  }

  private func test(type: FieldType, filled: ValueTest) throws(QueryTextError) -> ValueTest {
    guard type.isOrdered || comparator == .equal || comparator == .notEqual || comparator == .has else {
      throw scanner.error(at: comparatorStart, "\(name.short) is compared with = != or :, not \(comparator.rawValue)")
    }
    if comparator == .has, value.isStar { return filled }
    let test = type == .text ? try text() : try typed(type)
    return comparator == .notEqual ? .not(test) : test
  }

  private func text() throws(QueryTextError) -> ValueTest {
    if value.stars.isEmpty {
      return comparator == .has
        ? .contains(SubstringMatcher(value.bytes, ignoringCase: true))
        : .text(comparator.relation, ValueTest.Text(string: value.text))
    }
    guard comparator == .equal || comparator == .notEqual else { throw scanner.strayStar(value) }
    guard value.stars.count <= Filter.maxWildcards else {
      throw scanner.error(at: value.start, "more than \(Filter.maxWildcards) stars in one value")
    }
    return .wildcard(WildcardMatcher(pieces: value.pieces))
  }

  private func typed(_ type: FieldType) throws(QueryTextError) -> ValueTest {
    let relation = comparator.relation
    let test: ValueTest? =
      switch type {
      case .text: nil
      case .integer: Int64(value.text).map { .number(relation, $0) }
      case .real: real(value.text).map { .real(relation, $0) }
      case .time: Timestamp(rfc3339: value.text).map { .number(relation, $0.microseconds) }
      case .kind: number(of: value.text, in: ModelKind.self, \.name).map { .number(relation, $0) }
      case .state: number(of: value.text, in: ModelState.self, \.name).map { .number(relation, $0) }
      }
    guard let test else {
      throw scanner.error(at: value.start, "\(name.short) is \(type.expectation), not \(quoted(value.text))")
    }
    return test
  }
}

extension ModelField {
  /// The test for `:*`. A label passes when it exists, even with an empty value.
  fileprivate var filled: ValueTest {
    if case .label = self { .known } else { .filled }
  }
}

extension FilterField.Group {
  /// For error messages: comparisons that the group allows.
  fileprivate var instead: String {
    switch self {
    case .labels: "labels.x = y, labels:x or labels:*"
    case .readings: "readings.waiting_requests = 0 or readings:*"
    case .replicas: "replicas.engine_kind = vllm or replicas:*"
    case .replicaReadings: "replicas.readings.waiting_requests = 0 or replicas.readings:*"
    case .replicaResources: "replicas.resources.x > 0 or replicas.resources:*"
    case .divergences: "divergences.field = root or divergences:*"
    case .divergenceValues: "divergences.values.value = x or divergences.values:*"
    }
  }
}

private func number<Word: CaseIterable & RawRepresentable<UInt8>>(
  of text: String, in: Word.Type, _ name: (Word) -> String
) -> Int64? {
  Word.allCases.first { sameBytes(name($0), text) }.map { Int64($0.rawValue) }
}

/// Reads a finite decimal number. It rejects other forms that Swift reads as numbers.
private func real(_ text: String) -> Double? {
  guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let real = Double(text), real.isFinite else {
    return nil
  }
  return real
}

/// A comparator, as the query spells it.
enum Comparator: String, Sendable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case has = ":"

  /// The longest comparator at the start of these bytes.
  init?(_ first: UInt8, _ second: UInt8?) {
    let isEqual = second == UInt8(ascii: "=")
    switch Unicode.Scalar(first) {
    case "=": self = .equal
    case "!" where isEqual: self = .notEqual
    case "<": self = isEqual ? .lessOrEqual : .less
    case ">": self = isEqual ? .greaterOrEqual : .greater
    case ":": self = .has
    default: return nil
    }
  }

  /// The relation that the left value must have to the right value; `!=` negates it.
  var relation: ValueTest.Relation {
    switch self {
    case .equal, .notEqual, .has: .equal
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    }
  }
}
