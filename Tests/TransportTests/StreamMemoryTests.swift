import HTTP
import Testing

@testable import Transport

@Suite struct StreamMemoryTests {
  @Test func `a request waits while its connection holds too much, and runs in the order of arrival`() {
    var memory = StreamMemory(limit: 100_000, budget: MemoryBudget(limit: 1_000_000))
    let (reading, first, second) = (ServerStream(), ServerStream(), ServerStream())
    #expect(!memory.mustWait(reading))
    memory.hold(150_000, for: reading)
    #expect(memory.held == 150_000)
    #expect(memory.mustWait(first) && memory.mustWait(second) && memory.mustWait(first))
    #expect(memory.next() == nil)
    memory.closed(reading)
    #expect(memory.held == 0)
    #expect(memory.next() === first && memory.next() === second && memory.next() == nil)
  }

  @Test func `a stream that closes while it waits is forgotten`() {
    var memory = StreamMemory(limit: 10_000, budget: MemoryBudget(limit: 1_000_000))
    let (reading, waiting) = (ServerStream(), ServerStream())
    memory.hold(20_000, for: reading)
    #expect(memory.mustWait(waiting))
    memory.closed(waiting)
    memory.closed(reading)
    #expect(memory.next() == nil && !memory.hasWaiting && !waiting.isWaitingForMemory)
  }

  @Test func `small answers do not count`() {
    var memory = StreamMemory(limit: 1, budget: MemoryBudget(limit: 1_000_000))
    memory.hold(4_000, for: ServerStream())
    #expect(memory.held == 0 && !memory.mustWait(ServerStream()))
  }

  @Test func `requests wait while all connections together hold too much`() {
    let budget = MemoryBudget(limit: 1_000)
    var memory = StreamMemory(limit: 1_000_000, budget: budget)
    let stream = ServerStream()
    budget.change(from: 0, to: 1_000)
    #expect(budget.isSpent && !budget.isFarOver && memory.mustWait(stream))
    budget.change(from: 1_000, to: 999)
    #expect(!budget.isSpent && memory.next() === stream)
    budget.change(from: 999, to: 1_500)
    #expect(budget.isFarOver && budget.total == 1_500)
  }
}
