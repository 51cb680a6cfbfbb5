internal import Catalog

/// The colors of states on a terminal: green for a state that serves, yellow for a state that serves in part or will
/// serve, red for the others.
enum StateColor {
  /// Returns `padded` in the color of the state that `cell` names, or unchanged when `cell` is not a state.
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
