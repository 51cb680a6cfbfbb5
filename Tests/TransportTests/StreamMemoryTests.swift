import HTTP
import Testing

@testable import Transport

@Suite struct StreamMemoryTests {
  /// The answers of `mustWait` for some streams, in order.
  private func waits(_ memory: inout StreamMemory, _ streams: ServerStream...) -> [Bool] {
    streams.map { memory.mustWait($0) }
  }

  private func next(_ memory: inout StreamMemory, _ count: Int) -> [ServerStream?] {
    (0..<count).map { _ in memory.next() }
  }

  @Test func `a request waits while its connection holds too much, and runs in the order of arrival`() {
    var memory = StreamMemory(limit: 100_000, budget: MemoryBudget(limit: 1_000_000))
    let (reading, first, second) = (ServerStream(), ServerStream(), ServerStream())
    #expect(waits(&memory, reading) == [false])
    memory.hold(150_000, for: reading)
    #expect(memory.held == 150_000)
    #expect(waits(&memory, first, second, first) == [true, true, true])
    #expect(next(&memory, 1)[0] == nil)
    memory.closed(reading)
    #expect(memory.held == 0)
    let order = next(&memory, 3)
    #expect(order[0] === first && order[1] === second && order[2] == nil)
  }

  @Test func `a stream that closes while it waits is forgotten`() {
    var memory = StreamMemory(limit: 10_000, budget: MemoryBudget(limit: 1_000_000))
    let (reading, waiting) = (ServerStream(), ServerStream())
    memory.hold(20_000, for: reading)
    #expect(waits(&memory, waiting) == [true])
    memory.closed(waiting)
    memory.closed(reading)
    #expect(next(&memory, 1)[0] == nil && !memory.hasWaiting && !waiting.isWaitingForMemory)
  }

  @Test func `small answers do not count`() {
    var memory = StreamMemory(limit: 1, budget: MemoryBudget(limit: 1_000_000))
    memory.hold(4_000, for: ServerStream())
    #expect(memory.held == 0 && waits(&memory, ServerStream()) == [false])
  }

  @Test func `requests wait while all connections together hold too much`() {
    let budget = MemoryBudget(limit: 1_000)
    var memory = StreamMemory(limit: 1_000_000, budget: budget)
    let stream = ServerStream()
    budget.change(from: 0, to: 1_000)
    #expect(budget.isSpent && !budget.isFarOver)
    #expect(waits(&memory, ServerStream()) == [false], "a connection that holds nothing is not disturbed")
    memory.hold(5_000, for: ServerStream())
    #expect(waits(&memory, stream) == [true])
    budget.change(from: 1_000, to: 999)
    #expect(!budget.isSpent && next(&memory, 1).first! === stream)
    budget.change(from: 999, to: 1_250)
    #expect(budget.isFarOver && budget.total == 1_250)
  }
}
