import Catalog

/// Addresses that are used again: a claim that is not certain gives way to one that is.
extension ClaimBook {
  private struct Address: Hashable {
    var cluster: String
    var url: String
  }

  private struct Claimant {
    var ref: ClaimRef
    var spec: EngineSpec
    var standing: Standing
    var history: (since: Duration, confirmed: Duration?)

    /// Whether it is a pod that is Ready and does not end, as a part that answers reports it.
    var ownsAddress: Bool {
      standing == .named(isFresh: true) && ref.source.kind == .kubernetes && spec.lifecycle == .none && !spec.isDraining
        && !spec.podUID.isEmpty
    }

    /// Whether this claim ends another on the same address.
    func ends(_ other: Claimant) -> Bool {
      guard ref != other.ref, standing.isNamed else { return false }
      // The newest Ready pod of a cluster owns its address, even while the part of an older pod does not answer.
      if ownsAddress, other.ref.source.kind == .kubernetes, other.standing != .named(isFresh: true),
        spec.podUID != other.spec.podUID
      {
        return true
      }
      guard other.standing.isOmitted else { return false }
      if spec.namespace == other.spec.namespace { return true }
      // Two namespaces may share an engine: only a claim that is newer than the other shows that the address was given
      // away.
      let isNewer = history.since + Self.overlap > other.history.confirmed ?? .zero
      return isNewer && ![.registration, .peer].contains(ref.source.kind)
    }

    /// How long two claims may overlap where an address is given to another.
    private static let overlap: Duration = .seconds(60)
  }

  /// Ends the claims whose address another claim has taken, and withholds the keys of those that stay beside it.
  mutating func settleAddresses(at up: Duration) {
    withheld = []
    guard states.values.contains(where: { !$0.isCertain }) else { return }
    var claimants: [Address: [Claimant]] = [:]
    for (source, state) in states {
      for (part, entry) in state.entries(at: up) {
        guard let spec = entry.claim.spec else { continue }
        let claimant = Claimant(
          ref: ClaimRef(source: source, part: part, id: spec.id), spec: spec, standing: entry.standing,
          history: state.parts[part]?.history(of: spec.id) ?? (up, nil))
        claimants[Address(cluster: spec.cluster, url: spec.url.description), default: []].append(claimant)
      }
    }
    for rivals in claimants.values where rivals.count > 1 {
      for claim in rivals where claim.standing != .named(isFresh: true) {
        if rivals.contains(where: { $0.ends(claim) }) {
          end(claim.ref)
        } else if claim.standing.isOmitted, rivals.contains(where: { $0.standing.isNamed }) {
          withheld.insert(claim.ref)
        }
      }
    }
  }
}
