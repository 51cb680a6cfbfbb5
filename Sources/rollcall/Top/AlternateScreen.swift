internal import Foundation
internal import Synchronization

/// The second screen of a terminal, which leaves what was on the first as it was. Escape sequences are those of xterm.
final class AlternateScreen: Sendable {
  private let state = Mutex(State())

  private struct State {
    var isShown = false
    /// Of standard input before; nil when that is no terminal.
    var mode: TerminalMode?
  }

  /// In place of what is there. `lines` are at most as many and as wide as the terminal is high and wide.
  func draw(_ lines: [String]) throws {
    try state.withLock { state in
      if !state.isShown { Self.enter(&state) }
      // Lines are erased before they are written, as a full one would lose its last cell.
      try Terminal.print("\u{1b}[H" + lines.map { "\u{1b}[2K" + $0 }.joined(separator: "\r\n") + "\u{1b}[J")
    }
  }

  /// Restores the terminal, until the next `draw`.
  func leave() {
    state.withLock { Self.leave(&$0) }
  }

  /// Restores the terminal, and calls `stop` before anything is drawn again.
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
    // Without a cursor, and without breaking lines that are too long after the window became smaller.
    try? Terminal.print("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[2J")
  }

  private static func leave(_ state: inout State) {
    guard state.isShown else { return }
    state.isShown = false
    try? Terminal.print("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
    state.mode?.apply()
  }
}
