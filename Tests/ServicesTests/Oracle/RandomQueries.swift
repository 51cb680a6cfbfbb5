import Catalog
import TestKit

/// Filters and orders over the vocabulary.
struct RandomQueries {
  var random: Chance

  mutating func filter(depth: Int = 3) -> FilterTree {
    guard depth > 0, !random.one(in: 4) else { return simple() }
    switch random.number(0...4) {
    case 0, 1: return .all((0..<random.number(2...3)).map { _ in filter(depth: depth - 1) })
    case 2, 3: return .any((0..<random.number(2...4)).map { _ in filter(depth: depth - 1) })
    default: return .not(filter(depth: depth - 1))
    }
  }

  private mutating func simple() -> FilterTree {
    switch random.number(0...13) {
    case 0: return .word(random.pick(["m", "META", "gold", "vllm", "two words", "é", "8B", "AND", "it's", "*", "日本"]))
    case 1: return .has(random.pick([.parent, .ownedBy, .root, .label("team"), .label("tier"), .replica(.cluster)]))
    case 2: return .hasLabel(random.pick(Vocabulary.labelNames))
    default: return comparison()
    }
  }

  private mutating func comparison() -> FilterTree {
    switch random.number(0...13) {
    case 0: return text(.namespace, Vocabulary.namespaces)
    case 1, 2: return text(.id, Vocabulary.ids)
    case 3: return text(random.pick([.parent, .replica(.root)]), Vocabulary.ids + Vocabulary.roots)
    case 4: return text(.ownedBy, Vocabulary.owners)
    case 5: return text(.root, Vocabulary.roots)
    case 6: return text(random.pick([.version, .replica(.engineVersion)]), Vocabulary.versions)
    case 7: return text(.label(random.pick(Vocabulary.labelNames)), Vocabulary.labelValues)
    case 8: return text(.replica(.engineKind), Vocabulary.kinds)
    case 9: return text(.replica(.cluster), Vocabulary.clusters)
    case 10: return text(random.pick([.replica(.engineID), .replica(.endpoint)]), Vocabulary.engines)
    case 11: return text(.divergence, ["max_model_len", "root", "parent"])
    case 12: return named()
    default: return random.one(in: 3) ? moment() : number()
    }
  }

  private mutating func named() -> FilterTree {
    let comparator = random.pick([.equal, .notEqual, .has] as [Comparator])
    switch random.number(0...2) {
    case 0: return .compare(.kind, comparator, .name(random.pick(ModelKind.allCases).name))
    case 1: return .compare(.state, comparator, .name(random.pick(ModelState.allCases).name))
    default:
      let states = ModelState.allCases.filter { $0 != .degraded }
      return .compare(.replica(.state), comparator, .name(random.pick(states).name))
    }
  }

  private mutating func number() -> FilterTree {
    let comparator = random.pick(Comparator.allCases.filter { $0 != .has })
    if random.one(in: 2) {
      let field = random.pick([.readyReplicas, .totalReplicas] as [QueryField])
      return .compare(field, comparator, .number(Int64(random.number(-1...3))))
    }
    let field = random.pick([.maxModelLen, .replica(.maxModelLen)] as [QueryField])
    return .compare(field, comparator, .number(random.pick(Vocabulary.lengths + [4_095, 4_097])))
  }

  private mutating func moment() -> FilterTree {
    let comparator = random.pick(Comparator.allCases.filter { $0 != .has })
    let (moment, spellings) = random.pick(Vocabulary.moments)
    return .compare(
      random.one(in: 3) ? .replica(.changedAt) : .created, comparator,
      .moment(Timestamp(microseconds: moment), spelling: random.pick(spellings)))
  }

  private mutating func text(_ field: QueryField, _ values: [String]) -> FilterTree {
    let comparator = random.pick(Comparator.allCases + [.equal, .has])
    let value = random.pick(values.filter { !$0.isEmpty || comparator != .has })
    if comparator == .has {
      return .compare(field, .has, .pattern([random.one(in: 2) ? recased(part(of: value)) : value]))
    }
    if comparator == .equal || comparator == .notEqual, random.one(in: 3) {
      let pieces = [random.one(in: 3) ? "" : part(of: value), random.one(in: 3) ? "" : String(value.suffix(1))]
      return .compare(field, comparator, .pattern(pieces == ["", ""] ? [value] : pieces))
    }
    return .compare(field, comparator, .pattern([value]))
  }

  /// The beginning of a text.
  private mutating func part(of text: String) -> String { String(text.prefix(random.number(1...max(1, text.count)))) }

  private mutating func recased(_ text: String) -> String { random.one(in: 2) ? text.uppercased() : text.lowercased() }

  mutating func order() -> RandomOrder {
    var fields: [RandomOrder.Field] = []
    for _ in 0..<random.number(1...3) {
      let field = random.one(in: 3) ? .label(random.pick(Vocabulary.labelNames)) : random.pick(QueryField.single)
      guard !fields.contains(where: { $0.field == field }) else { continue }
      fields.append(RandomOrder.Field(field: field, isDescending: random.one(in: 2)))
    }
    return RandomOrder(fields: fields)
  }
}
