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
    enter()
    // Lines are erased before they are written, as a full one would lose its last cell.
    try Terminal.print("\u{1b}[H" + lines.map { "\u{1b}[2K" + $0 }.joined(separator: "\r\n") + "\u{1b}[J")
  }

  private func enter() {
    state.withLock { state in
      guard !state.isShown else { return }
      state.isShown = true
      state.mode = TerminalMode()
      state.mode?.unbuffered.apply()
      // Without a cursor, and without breaking lines that are too long after the window became smaller.
      try? Terminal.print("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[2J")
    }
  }

  /// The terminal as it was; again after another `draw`.
  func leave() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      try? Terminal.print("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
      state.mode?.apply()
    }
  }
}
