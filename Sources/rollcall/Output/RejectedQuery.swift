internal import GRPC
internal import Wire

/// The error for a filter or an order that a server refuses, with a caret under the position of the mistake.
enum RejectedQuery {
  /// The error for a refused text; `texts` holds the texts by the names of their fields. nil: the status is about none
  /// of them.
  static func error(_ status: Status, _ texts: [String: String], from server: ServerPlace) -> CommandError? {
    guard status.code == .invalidArgument, let metadata = status.info?.metadata, let field = metadata["field"],
      let text = texts[field], let position = metadata["position"].flatMap({ Int($0) })
    else { return nil }
    return CommandError("\(server) answered: \(status.message)\n\(marked(text, position))")
  }

  /// Two lines: the text, and a caret under the character (Unicode scalar) at a position, counted from 1.
  static func marked(_ text: String, _ position: Int) -> String {
    // A line break would separate the caret from its place.
    let line = Formatted.text(
      String(String.UnicodeScalarView(text.unicodeScalars.map { "\n\r\t".unicodeScalars.contains($0) ? " " : $0 })))
    let before = String(String.UnicodeScalarView(line.unicodeScalars.prefix(max(0, position - 1))))
    return "  \(line)\n  \(String(repeating: " ", count: before.count))^"
  }
}
