internal import Foundation
internal import Synchronization

/// The alternate screen of a terminal, which leaves the contents of the main screen as they were. It uses xterm's
/// escape sequences.
final class AlternateScreen: Sendable {
  private let state = Mutex(State())

  private struct State {
    var isShown = false
    /// The previous mode of standard input; nil when standard input is not a terminal.
    var mode: TerminalMode?
  }

  /// Draws lines in place of the present contents. The caller passes at most as many and as wide lines as fit the
  /// terminal.
  func draw(_ lines: [String]) throws {
    try state.withLock { state in
      if !state.isShown { Self.enter(&state) }
      // Each line is erased before it is written: erasing after a full line would delete its last cell.
      try Terminal.print("\u{1b}[H" + lines.map { "\u{1b}[2K" + $0 }.joined(separator: "\r\n") + "\u{1b}[J")
    }
  }

  /// Restores the terminal until the next `draw`.
  func leave() {
    state.withLock { Self.leave(&$0) }
  }

  /// Restores the terminal, and calls `stop` before any further drawing.
  func leave(andThen stop: () -> Void) {
    state.withLock { state in
      Self.leave(&state)
      stop()
    }
  }

  private static func enter(_ state: inout State) {
    state.isShown = true
    state.mode = TerminalMode()
    state.mode?.unbuffered.apply()
    // Hides the cursor, and turns off line wrap for lines that are too long after the window became smaller.
    try? Terminal.print("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[2J")
  }

  private static func leave(_ state: inout State) {
    guard state.isShown else { return }
    state.isShown = false
    try? Terminal.print("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
    state.mode?.apply()
  }
}
