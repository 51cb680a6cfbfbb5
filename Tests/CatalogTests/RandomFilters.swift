import Catalog
import TestKit

/// Random models and filters over few words, so that they meet.
struct RandomFilters {
  var random: SeededGenerator

  private static let words = ["a", "b", "ab", "a:b", "a/b", "A", "é", "a b", ""]

  mutating func model() -> Model {
    Model(
      key: ModelKey(namespace: pick(["a", "b"]), id: pick(Self.words) + pick(Self.words)),
      kind: pick(ModelKind.allCases),
      state: pick(ModelState.allCases), ownedBy: pick(Self.words),
      created: moment(Int64.random(in: 0...3, using: &random)),
      root: pick(Self.words), parent: pick(Self.words), maxModelLen: Int64.random(in: 0...3, using: &random),
      labels: labels(), replicas: (0..<Int.random(in: 0...3, using: &random)).map { _ in replica() })
  }

  private mutating func labels() -> [String: String] {
    var labels: [String: String] = [:]
    for _ in 0..<Int.random(in: 0...3, using: &random) { labels[pick(["a", "b", "a.b"])] = pick(Self.words) }
    return labels
  }

  private mutating func replica() -> Replica {
    FilterSamples.replica(
      pick(Self.words), kind: pick(Self.words), pick(ModelState.allCases), root: pick(Self.words),
      maxModelLen: Int64.random(in: 0...3, using: &random))
  }

  /// One that is right, of up to so many levels.
  mutating func filter(levels: Int = 3) -> String {
    guard levels > 0, Int.random(in: 0..<4, using: &random) > 0 else { return comparison() }
    let first = filter(levels: levels - 1)
    return switch Int.random(in: 0..<6, using: &random) {
    case 0: "NOT (\(first))"
    case 1: "-(\(first))"
    case 2: "(\(first)) (\(filter(levels: levels - 1)))"
    case 3: "(\(first)) AND \(filter(levels: levels - 1))"
    default: "(\(first)) OR (\(filter(levels: levels - 1)))"
    }
  }

  private mutating func comparison() -> String {
    let equality = pick(["=", "=", "=", "!=", ":"])
    let word = #""\#(pick(Self.words))""#
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return "state \(equality) \(pick(ModelState.allCases).name)"
    case 1: return "kind\(equality)\(pick(ModelKind.allCases).name)"
    case 2: return #"labels.\#(pick(["a", "b", "a.b", "\"a.b\""])) \#(equality) \#(word)"#
    case 3: return "replicas.\(pick(["engine_id", "engine_kind", "root"])) \(equality) \(word)"
    case 4: return "max_model_len \(pick(["=", "!=", "<", ">="])) \(Int.random(in: 0...3, using: &random))"
    case 5: return pick(["labels:a", "replicas:*", "a", "parent:*", "root = a*", "id != *b", "replicas.state = COLD"])
    default: return "\(pick(["id", "namespace", "parent", "owned_by", "root"])) \(equality) \(word)"
    }
  }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }
}
