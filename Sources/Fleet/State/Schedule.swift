import HeapModule

/// The next probe of each engine, by time.
struct Schedule: Sendable {
  private struct Turn: Comparable {
    var due: Duration
    var id: String
    var ticket: UInt64

    static func < (a: Turn, b: Turn) -> Bool { (a.due, a.ticket) < (b.due, b.ticket) }
  }

  private var turns = Heap<Turn>()
  /// The valid turn of each engine; other turns in the heap are stale.
  private var tickets: [String: UInt64] = [:]
  private var lastTicket: UInt64 = 0

  /// Replaces the engine's turn if it has one.
  mutating func set(_ id: String, due: Duration) {
    lastTicket += 1
    tickets[id] = lastTicket
    turns.insert(Turn(due: due, id: id, ticket: lastTicket))
  }

  mutating func remove(_ id: String) {
    tickets[id] = nil
  }

  /// When the earliest turn is due; nil when there is none.
  var due: Duration? {
    mutating get {
      while let first = turns.min, tickets[first.id] != first.ticket { turns.removeMin() }
      return turns.min?.due
    }
  }

  /// Takes the earliest turn; nil when none is due.
  mutating func next(at up: Duration) -> (id: String, due: Duration)? {
    guard let due, due <= up, let turn = turns.popMin() else { return nil }
    tickets[turn.id] = nil
    return (turn.id, due)
  }
}
