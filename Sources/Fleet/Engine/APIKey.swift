/// Where the key that an engine wants is found. Read anew for each probe, so that it can be rotated; never printed.
package enum APIKey: Hashable, Sendable {
  case literal(String)
  case environment(String)
  case file(String)
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .literal: "(key)"
    case .environment(let name): "key-env \(name)"
    case .file(let path): "key-file \(path)"
    }
  }

  package var debugDescription: String { description }

  /// Without it `dump` and default descriptions of what holds a key would show it.
  package var customMirror: Mirror { Mirror(self, children: ["key": description]) }
}
