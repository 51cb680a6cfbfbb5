/// A change of a model's number of replicas. It depends on the history alone, so every server that holds that history
/// reports the same.
package struct ScaleEvent: Hashable, Sendable {
  /// Namespace and id of the model.
  package var key: ModelKey
  /// The number of replicas before the change, without workloads that are scaled to zero.
  package var from: Int
  /// The number of replicas after the change.
  package var to: Int
  /// The engines that came and went, with the known reasons, for people.
  package var reason: String
  /// When the change was committed.
  package var time: Timestamp
  /// The public revision of the change.
  package var revision: Int64

  package init(key: ModelKey, from: Int, to: Int, reason: String, time: Timestamp, revision: Int64) {
    self.key = key
    self.from = from
    self.to = to
    self.reason = reason
    self.time = time
    self.revision = revision
  }

  /// The direction of a change. The numbers match `rollcall.v1.ScaleEventType`.
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case up = 1
    case down = 2
    case toZero = 3
    case fromZero = 4

    /// The name on the wire.
    package var name: String {
      switch self {
      case .up: "SCALED_UP"
      case .down: "SCALED_DOWN"
      case .toZero: "SCALED_TO_ZERO"
      case .fromZero: "SCALED_FROM_ZERO"
      }
    }
  }

  /// The direction of the change.
  package var kind: Kind {
    to == 0 ? .toZero : from == 0 ? .fromZero : to > from ? .up : .down
  }

  /// The position of the last event of a page.
  package struct Mark: Hashable, Sendable {
    package var revision: Int64
    package var key: ModelKey

    package init(revision: Int64, key: ModelKey) {
      self.revision = revision
      self.key = key
    }
  }

  /// The position of this event, for a page that ends with it.
  package var mark: Mark { Mark(revision: revision, key: key) }
}

extension CatalogView {
  /// The newest scale events in the history, at most `limit`, and whether there are more. Empty texts mean all; `after`
  /// is the end of the page before.
  ///
  /// It visits every event of the history, so an event loop must not call it.
  package func scaleEvents(
    namespace: String = "", id: String = "", after mark: ScaleEvent.Mark? = nil, limit: Int
  ) -> (events: [ScaleEvent], hasMore: Bool) {
    var found: [ScaleEvent] = []
    for position in stride(from: history.end - 1, through: history.start, by: -1) {
      let event = history.event(at: position)
      if let mark, event.revision > mark.revision || (event.revision == mark.revision && !(event.key < mark.key)) {
        continue
      }
      guard namespace.isEmpty || sameBytes(event.key.namespace, namespace), id.isEmpty || sameBytes(event.key.id, id),
        let scaled = ScaleEvent(event, at: history.mark(of: event.revision)?.time ?? history.last.time)
      else { continue }
      if found.count == limit { return (found, true) }
      found.append(scaled)
    }
    return (found, false)
  }
}

extension ScaleEvent {
  /// A scale event; nil when the number of replicas stays the same.
  init?(_ event: RingEvent, at time: Timestamp) {
    let (before, after) = (event.before, event.after)
    let (from, to) = (before?.totalReplicas ?? 0, after?.totalReplicas ?? 0)
    guard from != to else { return nil }
    self.init(
      key: event.key, from: from, to: to, reason: Self.reason(before?.replicas ?? [], after?.replicas ?? []),
      time: time,
      revision: event.revision)
  }

  private static func reason(_ before: [Replica], _ after: [Replica]) -> String {
    let (old, new) = (Set(before.map(\.engineID)), Set(after.map(\.engineID)))
    let workloads = after.filter(\.isScaledToZero).map(\.condition.reason)
    let gone = before.filter { !new.contains($0.engineID) && !$0.isScaledToZero }
    let came = after.filter { !old.contains($0.engineID) && !$0.isScaledToZero }
    return (workloads + [described("gone", gone), described("new", came)]).filter { !$0.isEmpty }.joined(
      separator: "; ")
  }

  private static func described(_ verb: String, _ replicas: [Replica]) -> String {
    guard !replicas.isEmpty else { return "" }
    let shown = replicas.prefix(8).map { replica in
      let condition = replica.condition
      let why = condition.reason.isEmpty ? condition.state.name : "\(condition.state.name): \(condition.reason)"
      return "\(replica.engineID) (\(why))"
    }
    let rest = replicas.count - shown.count
    return "\(verb): \(shown.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")"
  }
}

extension Replica {
  /// Whether the replica is a workload that is scaled to zero, as in `EngineFacts`.
  package var isScaledToZero: Bool { endpoint.isEmpty && condition.state == .cold }
}
