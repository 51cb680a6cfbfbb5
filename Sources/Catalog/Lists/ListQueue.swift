import Synchronization

/// The queue of the lists that are too large for an event loop. Only one is made at a time, so that the other cores are
/// free for probes and event loops.
final class ListQueue: Sendable {
  /// The largest number of lists that wait for their turn; beyond it a client gets an error.
  private static let waitingLimit = 16

  private let turn = AsyncMutex()
  /// The numbers of waiting lists, by client.
  private let waiting = Mutex<[UInt64: Int]>([:])

  /// The number of lists that are made or wait.
  var count: Int { turn.count }

  /// The number of clients whose lists wait.
  var clientCount: Int { waiting.withLock { $0.count } }

  /// Waits for a list's turn, which lasts until `leave`.
  func enter(_ client: ListClient) async throws(TooManyLists) {
    guard client.id != 0 else {
      guard await turn.enter(behindAtMost: Self.waitingLimit) else { throw .ofAll }
      return
    }
    let mayWait = waiting.withLock { waiting in
      let count = waiting[client.id] ?? 0
      guard count < client.waitingLimit else { return false }
      waiting[client.id] = count + 1
      return true
    }
    guard mayWait else { throw .ofClient }
    let isTurn = await turn.enter(behindAtMost: Self.waitingLimit)
    waiting.withLock { waiting in
      let count = waiting[client.id] ?? 0
      waiting[client.id] = count > 1 ? count - 1 : nil
    }
    guard isTurn else { throw .ofAll }
  }

  func leave() {
    turn.leave()
  }
}

/// Why a list may not wait for its turn.
package enum TooManyLists: Error {
  /// As many lists wait as may wait in all.
  case ofAll
  /// As many lists of this client wait as may wait.
  case ofClient
}

/// The client that asks for a list.
package struct ListClient: Hashable, Sendable {
  /// The client's number; 0: it has no limit of its own.
  package var id: UInt64
  /// The largest number of the client's lists that wait for their turn.
  package var waitingLimit: Int

  package init(id: UInt64, waitingLimit: Int) {
    self.id = id
    self.waitingLimit = waitingLimit
  }

  /// A client without a limit of its own.
  package static let unlimited = ListClient(id: 0, waitingLimit: .max)
}
