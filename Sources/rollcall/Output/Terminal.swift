internal import ArgumentParser
internal import Foundation

/// Standard output and standard error.
enum Terminal {
  /// Prints to standard output. When standard output is closed (`rollcall watch | head -1`), ends the command quietly.
  static func print(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw ExitCode.success
    }
  }

  /// Prints a line to standard error.
  static func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Whether standard output is a terminal that shows colors (https://no-color.org).
  static let isColored: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
  }()
}
