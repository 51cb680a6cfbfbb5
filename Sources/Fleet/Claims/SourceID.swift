/// The identity of a source: its kind and, among sources of that kind, its name.
package struct SourceID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// In the order in which sources count where several describe one engine.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The command line and the configuration file.
    case `static`
    case registration
    case kubernetes
    case file
    case dns
    /// Another Rollcall.
    case peer
    /// The store, which remembers engines until the sources have answered.
    case store
  }

  package let kind: Kind
  /// Empty for the only source of its kind.
  package let name: String

  package init(_ kind: Kind, _ name: String = "") {
    self.kind = kind
    self.name = name
  }

  package static let `static` = SourceID(.static)
  package static let registration = SourceID(.registration)
  package static let store = SourceID(.store)

  /// As logs, metrics and lists print it: `kubernetes/prod`, `dns/vllm.svc:8000`, `static`.
  package var description: String { name.isEmpty ? kind.rawValue : "\(kind.rawValue)/\(name)" }

  /// Whether this source counts before another.
  package static func < (a: SourceID, b: SourceID) -> Bool {
    a.kind == b.kind ? a.name < b.name : a.kind.rank < b.kind.rank
  }
}

extension SourceID.Kind {
  fileprivate var rank: Int {
    switch self {
    case .static: 0
    case .registration: 1
    case .kubernetes: 2
    case .file: 3
    case .dns: 4
    case .peer: 5
    case .store: 6
    }
  }
}
