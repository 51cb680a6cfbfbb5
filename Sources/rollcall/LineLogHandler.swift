internal import Foundation
internal import Logging

/// Logs to standard error, one line per event: time, level, label, message and `key=value` pairs sorted by key. Values
/// with spaces or quotes are quoted and line breaks are escaped, so that a line is always one event.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  private let label: String

  init(label: String, level: Logger.Level) {
    self.label = label
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { all["error"] = "\(error)" }
    let line = Self.line(
      time: Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), level: event.level,
      label: label, message: event.message.description, metadata: all)
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
  }

  static func line(
    time: String, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata
  ) -> String {
    let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(quotedWhereNeeded("\($0.value)"))" }
    return "\(time) \(level.rawValue) \(label): \(escaped(message))\(pairs.joined())\n"
  }

  private static func quotedWhereNeeded(_ value: String) -> String {
    let needs = value.isEmpty || value.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" }
    return needs ? "\"\(escaped(value).replacing("\"", with: "\\\""))\"" : escaped(value)
  }

  /// Replaces control characters, line breaks among them, by `\n`, `\u{1b}` and so on.
  private static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7f {
        out += scalar.escaped(asASCII: true)
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
