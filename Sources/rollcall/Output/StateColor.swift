internal import Catalog

/// Colors of states on a terminal: green for a state that serves, yellow for one that serves in part or will, else red.
enum StateColor {
  /// `padded` in the color of the state that is `cell`; unchanged when `cell` is no state.
  static func paint(_ cell: String, _ padded: String, colored: Bool) -> String {
    guard colored, let state = ModelState.allCases.first(where: { $0.name == cell }) else { return padded }
    let color =
      switch state {
      case .ready: 32
      case .degraded, .loading, .cold, .draining: 33
      case .unreachable, .failed: 31
      }
    return "\u{1b}[\(color)m\(padded)\u{1b}[0m"
  }
}
