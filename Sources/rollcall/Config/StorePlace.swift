internal import Foundation

/// Where what is known is kept.
enum StorePlace: Hashable, CustomStringConvertible {
  /// Nowhere: gone with the process.
  case memory
  case directory(String)

  /// The directory that the XDG base directory specification gives to such data: `$XDG_STATE_HOME/rollcall`, else
  /// `~/.local/state/rollcall`. nil when there is no home.
  static func usual(in environment: [String: String] = ProcessInfo.processInfo.environment) -> StorePlace? {
    // The specification wants a relative path to be ignored.
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return .directory(state + "/rollcall") }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return .directory(home + "/.local/state/rollcall")
  }

  var description: String {
    switch self {
    case .memory: "memory"
    case .directory(let path): path
    }
  }
}
