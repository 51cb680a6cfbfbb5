internal import Foundation

/// The place where the catalog keeps its data.
enum StorePlace: Hashable, CustomStringConvertible {
  /// In memory only: the data ends with the process.
  case memory
  case directory(String)

  /// The directory that the XDG base directory specification assigns to such data: `$XDG_STATE_HOME/rollcall`, else
  /// `~/.local/state/rollcall`; nil when there is no home directory.
  static func usual(in environment: [String: String] = ProcessInfo.processInfo.environment) -> StorePlace? {
    // The specification requires that a relative path is ignored.
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
