package import Fleet

/// A label selector of the Kubernetes API: equality- and set-based requirements, all of which must hold (`app=vllm,tier
/// in (gold, silver),!canary`).
package struct LabelSelector: Hashable, Sendable {
  /// The text that goes to the server.
  package let text: String
  private let requirements: [Requirement]

  private enum Requirement: Hashable, Sendable {
    case exists(String)
    case missing(String)
    case among(String, Set<String>)
    /// Holds also for a pod without the label.
    case notAmong(String, Set<String>)
  }

  package init(_ text: String) throws(EngineSpecError) {
    self.text = text
    var requirements: [Requirement] = []
    for part in Self.parts(text) {
      guard let requirement = Self.requirement(part) else {
        throw EngineSpecError(
          "'\(text)' is not a label selector: write requirements such as app=vllm, tier in (gold,silver), name or !name"
        )
      }
      requirements.append(requirement)
    }
    guard !requirements.isEmpty else {
      throw EngineSpecError("a label selector must not be empty: it would take every pod")
    }
    self.requirements = requirements
  }

  package func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      switch requirement {
      case .exists(let key): labels[key] != nil
      case .missing(let key): labels[key] == nil
      case .among(let key, let values): labels[key].map(values.contains) ?? false
      case .notAmong(let key, let values): labels[key].map { !values.contains($0) } ?? true
      }
    }
  }

  /// Splits at the commas outside parentheses.
  private static func parts(_ text: String) -> [Substring] {
    var depth = 0
    return text.split(omittingEmptySubsequences: false) { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return character == "," && depth == 0
    }.map { $0.trimmed }
  }

  private static func requirement(_ part: Substring) -> Requirement? {
    if let range = part.firstRange(of: "!=") {
      return operand(part[..<range.lowerBound], part[range.upperBound...]).map { .notAmong($0, [$1]) }
    }
    if let range = part.firstRange(of: "==") ?? part.firstRange(of: "=") {
      return operand(part[..<range.lowerBound], part[range.upperBound...]).map { .among($0, [$1]) }
    }
    if part.hasSuffix(")"), let open = part.firstIndex(of: "(") {
      let values = part[part.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false)
      let tokens = part[..<open].split(separator: " ")
      guard tokens.count == 2, let key = key(tokens[0]) else { return nil }
      let set = Set(values.map { String($0.trimmed) })
      switch tokens[1] {
      case "in": return .among(key, set)
      case "notin": return .notAmong(key, set)
      default: return nil
      }
    }
    if part.hasPrefix("!") { return key(part.dropFirst().trimmed).map { .missing($0) } }
    return key(part).map { .exists($0) }
  }

  private static func operand(_ name: Substring, _ value: Substring) -> (String, String)? {
    guard let key = key(name.trimmed), isWord(value.trimmed) || value.trimmed.isEmpty else { return nil }
    return (key, String(value.trimmed))
  }

  private static func key(_ text: Substring) -> String? {
    isWord(text) ? String(text) : nil
  }

  private static func isWord(_ text: Substring) -> Bool {
    (1...317).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/".utf8.contains($0)
      }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
