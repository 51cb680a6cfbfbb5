/// What paths a route takes: `/v1/models`, `/v1/engines/{id}`, `/v1/models/{id...}`.
///
/// Literal segments match byte by byte, `{name}` one segment that is not empty, and `{name...}`, at the end, all that
/// is left of the path, slashes included, when something is left.
struct RouteTemplate: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case literal(String)
    case segment(String)
    case rest(String)
  }

  /// As it was written, which is also its label in metrics.
  let text: String
  private let parts: [Part]

  init(_ text: String) {
    self.text = text
    parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { piece in
      guard piece.hasPrefix("{"), piece.hasSuffix("}") else { return .literal(String(piece)) }
      let name = piece.dropFirst().dropLast()
      return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .segment(String(name))
    }
  }

  var isLiteral: Bool {
    parts.allSatisfy { if case .literal = $0 { true } else { false } }
  }

  /// The parameters as they stand in the path, still encoded; nil when the path is not this route's.
  func match(_ path: String) -> [(name: String, value: Substring.UTF8View)]? {
    guard path.utf8.first == UInt8(ascii: "/") else { return nil }
    let slash = UInt8(ascii: "/")
    let pieces = Substring(path).utf8.dropFirst().split(
      separator: slash, maxSplits: parts.count - 1, omittingEmptySubsequences: false)
    guard pieces.count == parts.count else { return nil }
    var found: [(name: String, value: Substring.UTF8View)] = []
    for (part, piece) in zip(parts, pieces) {
      switch part {
      case .literal(let text):
        guard piece.elementsEqual(text.utf8) else { return nil }
      case .segment(let name):
        guard !piece.isEmpty, !piece.contains(slash) else { return nil }
        found.append((name, piece))
      case .rest(let name):
        guard !piece.isEmpty else { return nil }
        found.append((name, piece))
      }
    }
    return found
  }
}
