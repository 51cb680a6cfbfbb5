/// The state of a model, a replica or an engine. The numbers match `rollcall.v1.ModelState`.
package enum ModelState: UInt8, Hashable, Sendable, CaseIterable {
  case ready = 1
  /// Some replicas are not ready. Only a model has this state, never a replica or an engine.
  case degraded = 2
  case loading = 3
  /// Asleep or scaled to zero; it will wake.
  case cold = 4
  case draining = 5
  /// It does not answer; its facts are the last known.
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
