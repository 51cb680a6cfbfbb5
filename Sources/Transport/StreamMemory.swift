import HTTP2

/// The bytes of one connection's unsent answers that nothing shares, and the requests that wait for room.
///
/// A request whose connection holds many such bytes waits: its answer is made when the peer has taken the others. Nothing
/// is refused, and a peer that reads nothing gets no more than the limit made for it.
struct StreamMemory {
  /// Answers that are smaller do not count: the number of streams bounds them.
  private static let least = 4_096
  /// What every connection may hold for its producers, in bytes.
  private static let share = 262_144

  private let limit: Int
  private let budget: MemoryBudget
  private(set) var held = 0
  private var waiting: [ServerStream] = []

  init(limit: Int, budget: MemoryBudget) {
    self.limit = limit
    self.budget = budget
  }

  /// Whether a request waits for room.
  var hasWaiting: Bool { !waiting.isEmpty }

  /// Whether a request has to wait; it waits then, behind those that came before.
  mutating func mustWait(_ stream: ServerStream) -> Bool {
    guard !hasRoom else { return false }
    if !stream.isWaitingForMemory {
      stream.isWaitingForMemory = true
      waiting.append(stream)
    }
    return true
  }

  /// Whether the connection holds what a connection may hold, whatever the others hold.
  var isOverOwnLimit: Bool { held >= limit }

  mutating func hold(_ count: Int, for stream: ServerStream) {
    guard count >= Self.least else { return }
    stream.heldBytes += count
    held += count
  }

  /// Whether no producer may make more: the connection holds enough, or all together do and it has its share.
  var isFull: Bool { held >= limit || (held >= Self.share && budget.isSpent) }

  /// Counts bytes that a producer made.
  mutating func add(_ count: Int, for stream: ServerStream) {
    stream.heldBytes += count
    held += count
  }

  /// Counts no longer what a producer's stream has sent.
  mutating func settle(_ stream: ServerStream) {
    let sent = stream.heldBytes - stream.outgoingByteCount
    guard sent > 0 else { return }
    stream.heldBytes -= sent
    held -= sent
  }

  /// The next request that waits, if there is room now.
  mutating func next() -> ServerStream? {
    guard hasWaiting, hasRoom else { return nil }
    let stream = waiting.removeFirst()
    stream.isWaitingForMemory = false
    return stream
  }

  mutating func closed(_ stream: ServerStream) {
    held -= stream.heldBytes
    stream.heldBytes = 0
    if stream.isWaitingForMemory { waiting.removeAll { $0 === stream } }
    stream.isWaitingForMemory = false
  }

  /// A connection that holds nothing always has room for one answer, also while all together hold too much.
  var hasRoom: Bool { held < (budget.isSpent ? 1 : limit) }
}
