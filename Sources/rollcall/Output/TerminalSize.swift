internal import Foundation
internal import Glibc

/// Columns and rows of the terminal that standard output is, in cells.
struct TerminalSize: Hashable {
  var width: Int
  var height: Int

  /// nil when standard output is none. A terminal that does not know its size is as COLUMNS and LINES say, else 80 by 24.
  static var now: TerminalSize? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    let isKnown = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    let environment = ProcessInfo.processInfo.environment
    func count(_ told: UInt16, _ name: String, _ usual: Int) -> Int {
      if isKnown, told > 0 { return Int(told) }
      return environment[name].flatMap { Int($0) }.map { min(max($0, 1), 10_000) } ?? usual
    }
    return TerminalSize(width: count(size.ws_col, "COLUMNS", 80), height: count(size.ws_row, "LINES", 24))
  }
}
