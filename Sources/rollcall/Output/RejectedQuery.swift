internal import GRPC
internal import Wire

/// The error of a filter or an order that a server refuses, with a mark under its place.
enum RejectedQuery {
  /// nil when the status is of none of these texts, which are given by the names of their fields.
  static func error(_ status: Status, _ texts: [String: String], from server: HostPort) -> CommandError? {
    guard status.code == .invalidArgument, let metadata = status.info?.metadata, let field = metadata["field"],
      let text = texts[field], let position = metadata["position"].flatMap({ Int($0) })
    else { return nil }
    return CommandError("\(server) answered: \(status.message)\n\(marked(text, position))")
  }

  /// Two lines: the text, and a caret under the character (Unicode scalar) at a position from 1.
  static func marked(_ text: String, _ position: Int) -> String {
    // Line breaks would tear the mark away.
    let line = Formatted.text(
      String(String.UnicodeScalarView(text.unicodeScalars.map { "\n\r\t".unicodeScalars.contains($0) ? " " : $0 })))
    let before = String(String.UnicodeScalarView(line.unicodeScalars.prefix(max(0, position - 1))))
    return "  \(line)\n  \(String(repeating: " ", count: before.count))^"
  }
}
