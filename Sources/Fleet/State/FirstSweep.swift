/// The first sweep, which probes every engine once before the list counts as whole.
struct FirstSweep: Sendable {
  /// Ids of engines that it waits for; nil when it is over.
  private var unswept: Set<String>? = []
  /// Whether its time is up.
  private(set) var isLate = false
  private let timeout: Duration

  init(until timeout: Duration) {
    self.timeout = timeout
  }

  var isOver: Bool { unswept == nil }

  /// Whether it waits for no engine any more.
  var canEnd: Bool { unswept.map { $0.isEmpty || isLate } ?? false }

  /// When its time is up; nil when it is over or late.
  var alarm: Duration? { isOver || isLate ? nil : timeout }

  mutating func advance(to up: Duration) {
    if unswept != nil, up >= timeout { isLate = true }
  }

  mutating func add(_ engineID: String) { unswept?.insert(engineID) }
  mutating func swept(_ engineID: String) { unswept?.remove(engineID) }

  /// Ends it; returns how many engines it did not reach.
  mutating func end() -> Int {
    defer { unswept = nil }
    return unswept?.count ?? 0
  }
}
