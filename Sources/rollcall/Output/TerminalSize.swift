internal import Foundation
internal import Glibc

/// The size of the terminal at standard output, in cells.
struct TerminalSize: Hashable {
  var width: Int
  var height: Int

  /// The present size; nil when standard output is not a terminal. When the terminal does not know its size, COLUMNS
  /// and LINES count, else 80 by 24.
  static var now: TerminalSize? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    let isKnown = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    let environment = ProcessInfo.processInfo.environment
    func count(_ reported: UInt16, _ name: String, _ usual: Int) -> Int {
      if isKnown, reported > 0 { return Int(reported) }
      return environment[name].flatMap { Int($0) }.map { min(max($0, 1), 10_000) } ?? usual
    }
    return TerminalSize(width: count(size.ws_col, "COLUMNS", 80), height: count(size.ws_row, "LINES", 24))
  }
}
