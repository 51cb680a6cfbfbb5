import TestKit
import Testing

@testable import Catalog

@Suite struct ListQueueTests {
  private let queue = ListQueue()
  private static let greedy = ListClient(id: 1, waitingLimit: 4)
  private static let other = ListClient(id: 2, waitingLimit: 4)

  /// Lets lists wait until `stop`, and returns how many of them got their turn.
  private func wait(_ client: ListClient, _ count: Int) -> Task<Int, Never> {
    Task { [queue] in
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<count {
          group.addTask {
            do throws(TooManyLists) {
              try await queue.enter(client)
              queue.leave()
              return true
            } catch {
              return false
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
    }
  }

  private func untilQueued(_ count: Int) async throws {
    while queue.count < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test(.timeLimit(.minutes(1)))
  func `one client has no more lists in the queue than its limit, and others find room`() async throws {
    try await queue.enter(Self.greedy)
    let greedy = wait(Self.greedy, 4)
    try await untilQueued(5)
    await #expect(throws: TooManyLists.ofClient) { try await queue.enter(Self.greedy) }
    let other = wait(Self.other, 4)
    try await untilQueued(9)
    #expect(queue.clientCount == 2)
    queue.leave()
    let served = [await greedy.value, await other.value]
    #expect(served == [4, 4])
    #expect(queue.count == 0 && queue.clientCount == 0)
    try await queue.enter(Self.greedy)
    queue.leave()
  }

  @Test(.timeLimit(.minutes(1)))
  func `a list that a full queue refuses counts no longer`() async throws {
    try await queue.enter(.unlimited)
    let waiting = wait(.unlimited, 16)
    try await untilQueued(17)
    await #expect(throws: TooManyLists.ofAll) { try await queue.enter(Self.greedy) }
    await #expect(throws: TooManyLists.ofAll) { try await queue.enter(.unlimited) }
    #expect(queue.clientCount == 0)
    queue.leave()
    let served = await waiting.value
    #expect(served == 16)
    #expect(queue.count == 0)
  }
}
