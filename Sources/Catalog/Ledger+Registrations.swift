extension Ledger {
  /// Adds a claim, or another in place of one of the same lease. False when it must wait for another plan.
  func add(_ registration: Registration, to plan: inout Plan) -> Bool {
    let lease = Name(registration.leaseID)
    guard plan.claim([.registration(lease)], giving: [], taking: []) else { return false }
    if registrations[lease] != registration { plan.add([.registration(registration)], isDurable: true) }
    return true
  }

  /// Adds that a claim is no longer made. False when it must wait for another plan.
  func addEnd(ofLease leaseID: String, isDurable: Bool, to plan: inout Plan) -> Bool {
    let lease = Name(leaseID)
    guard plan.claim([.registration(lease)], giving: [], taking: []) else { return false }
    if registrations[lease] != nil { plan.add([.registrationGone(leaseID: leaseID)], isDurable: isDurable) }
    return true
  }
}
