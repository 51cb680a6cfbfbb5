internal import Glibc

/// How a terminal treats what is typed.
struct TerminalMode: Sendable {
  private var attributes = termios()

  /// Of standard input; nil when that is no terminal.
  init?() {
    guard unsafe tcgetattr(STDIN_FILENO, &attributes) == 0 else { return nil }
  }

  /// Each key comes at once and is not shown; the keys that send signals still do.
  var unbuffered: TerminalMode {
    var mode = self
    mode.attributes.c_lflag &= ~tcflag_t(ICANON | ECHO)
    return mode
  }

  /// Makes standard input so.
  func apply() {
    var attributes = attributes
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &attributes)
  }
}
