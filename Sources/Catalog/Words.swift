/// What a model is unique by. Equal and ordered by the UTF-8 bytes of the namespace, then of the id.
package struct ModelKey: Hashable, Comparable, Sendable {
  package var namespace: String
  package var id: String

  package init(namespace: String, id: String) {
    self.namespace = namespace
    self.id = id
  }

  package static func == (a: ModelKey, b: ModelKey) -> Bool {
    sameBytes(a.id, b.id) && sameBytes(a.namespace, b.namespace)
  }

  package static func < (a: ModelKey, b: ModelKey) -> Bool {
    sameBytes(a.namespace, b.namespace) ? precedes(a.id, b.id) : precedes(a.namespace, b.namespace)
  }
}

/// Numbers are those of `rollcall.v1.ModelKind`.
package enum ModelKind: UInt8, Hashable, Sendable, CaseIterable {
  case base = 1
  /// A LoRA adapter; its `parent` is the base.
  case adapter = 2
  /// A name that resolves to versions.
  case alias = 3
}

/// Numbers are those of `rollcall.v1.ModelState`.
package enum ModelState: UInt8, Hashable, Sendable, CaseIterable {
  case ready = 1
  /// Some replicas are not ready. Of a model only, never of a replica or an engine.
  case degraded = 2
  case loading = 3
  /// Asleep or scaled to zero: will wake.
  case cold = 4
  case draining = 5
  /// Last known, not answering.
  case unreachable = 6
  case failed = 7

  /// The name on the wire.
  package var name: String {
    switch self {
    case .ready: "READY"
    case .degraded: "DEGRADED"
    case .loading: "LOADING"
    case .cold: "COLD"
    case .draining: "DRAINING"
    case .unreachable: "UNREACHABLE"
    case .failed: "FAILED"
    }
  }
}

extension ModelKind {
  /// The name on the wire.
  package var name: String {
    switch self {
    case .base: "BASE"
    case .adapter: "ADAPTER"
    case .alias: "ALIAS"
    }
  }
}

/// The unit of isolation between tenants that a caller is in when nothing says otherwise.
package let defaultNamespace = "default"
