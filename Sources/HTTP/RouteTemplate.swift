/// The paths that a route matches: `/v1/models`, `/v1/engines/{id}`, `/v1/models/{id...}`.
///
/// A literal segment matches byte by byte, and `{name}` matches one segment that is not empty. `{name...}`, at the end,
/// matches the rest of the path with its slashes, if that is not empty.
struct RouteTemplate: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case literal(String)
    case segment(String)
    case rest(String)
  }

  /// The template's source text, which is also the route's label in metrics.
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

  /// The parameters as the path has them, still encoded; nil when the path does not match this route.
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
