internal import Glibc

/// The mode in which a terminal handles keys.
struct TerminalMode: Sendable {
  private var attributes = termios()

  /// The mode of standard input; nil when that is no terminal.
  init?() {
    guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return nil }
  }

  /// The same, with each key passed on at once and not echoed. Keys that send signals still do.
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
