import Catalog
import Services
import Synchronization

/// Leases without time, and engines that are claimed as a test says.
final class FakeRegistry: EngineRegistry {
  struct State {
    var leases: [String: Registration] = [:]
    var claimed: [ClaimedEngine] = []
    var refusal: RegistrationError?
    /// Leases that were kept alive, in order.
    var kept: [String] = []
  }

  let state = Mutex(State())

  func refuse(_ error: RegistrationError?) { state.withLock { $0.refusal = error } }

  func register(
    _ registration: Registration
  ) async throws(RegistrationError) -> (registration: Registration, engineID: String) {
    var registration = registration
    if registration.leaseID.isEmpty { registration.leaseID = "chosen" }
    let refusal = state.withLock { state in
      if state.refusal == nil { state.leases[registration.leaseID] = registration }
      return state.refusal
    }
    if let refusal { throw refusal }
    return (registration, registration.engineID.isEmpty ? "derived" : registration.engineID)
  }

  func keepAlive(leaseID: String) -> Duration? {
    state.withLock { state in
      state.kept.append(leaseID)
      return state.leases[leaseID]?.ttl
    }
  }

  func deregister(leaseID: String) async throws(RegistrationError) {
    let refusal = state.withLock { state -> RegistrationError? in
      if let refusal = state.refusal { return refusal }
      return state.leases.removeValue(forKey: leaseID) == nil ? .noLease(leaseID: leaseID) : nil
    }
    if let refusal { throw refusal }
  }

  func deregister(engineID: String, namespace: String) async throws(RegistrationError) -> [String] {
    let ended = state.withLock { state in
      let ended = state.leases.values.filter { $0.engineID == engineID && $0.namespace == namespace }.map(\.leaseID)
      for leaseID in ended { state.leases[leaseID] = nil }
      return ended.sorted()
    }
    if ended.isEmpty { throw .noRegistration(engineID: engineID, namespace: namespace) }
    return ended
  }

  func claimedEngines() -> [ClaimedEngine] { state.withLock { $0.claimed } }

  func claimedEngine(id: String) -> ClaimedEngine? { state.withLock { $0.claimed.first { $0.id == id } } }
}
