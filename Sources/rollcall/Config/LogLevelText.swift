internal import Logging

/// Log levels by name.
enum LogLevelText {
  /// Throws `CommandError`.
  static func parse(_ text: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: text) else {
      let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandError("\"\(text)\" is no log level: write one of \(names)")
    }
    return level
  }
}
