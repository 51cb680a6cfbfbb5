internal import Glibc

/// The mode in which a terminal handles keys.
struct TerminalMode: Sendable {
  private var attributes = termios()

  /// Reads the mode of standard input; nil when standard input is not a terminal.
  init?() {
    guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return nil }
  }

  /// This mode, but the terminal passes each key on at once and does not echo it. Keys that send signals still do.
  var unbuffered: TerminalMode {
    var mode = self
    mode.attributes.c_lflag &= ~tcflag_t(ICANON | ECHO)
    return mode
  }

  /// Sets the mode of standard input.
  func apply() {
    var attributes = attributes
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &attributes)
  }
}
