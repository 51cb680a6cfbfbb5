import Synchronization
import Testing

@testable import Transport

@Suite struct TaskPoolTests {
  /// Tickets in the order in which their results were handed over.
  private final class Results: Sendable {
    let tickets = Mutex<[TaskPool.Ticket]>([])
    var all: [TaskPool.Ticket] { tickets.withLock { $0 } }
  }

  private func start(_ pool: TaskPool, _ gate: Gate, _ results: Results, isStubborn: Bool = false) -> TaskPool.Ticket? {
    pool.start {
      await gate.pass(isStubborn: isStubborn)
      return { ticket in results.tickets.withLock { $0.append(ticket) } }
    }
  }

  @Test func `the pool runs some tasks, queues more, and refuses the rest`() async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 3, inLine: 4), Gate(), Results())
    let tickets = (0..<10).map { _ in start(pool, gate, results) }
    #expect(tickets.filter { $0 == nil }.count == 3)
    #expect(tickets.prefix(7).allSatisfy { $0 != nil })
    #expect(pool.figures == (3, 4, 3))
    #expect(try await eventually { gate.counts.began == 3 })
    gate.open()
    #expect(try await eventually { results.all.count == 7 })
    #expect(Set(results.all) == Set(tickets.compactMap(\.self)))
    #expect(try await eventually { pool.figures == (0, 0, 3) })
  }

  @Test func `the pool serves its queue in order`() async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 1, inLine: 100), Gate(), Results())
    let tickets = (0..<50).compactMap { _ in start(pool, gate, results) }
    gate.open()
    #expect(try await eventually { results.all.count == 50 })
    #expect(results.all == tickets)
  }

  @Test func `peers take turns, whatever one of them has in line`() async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 1, inLine: 100), Gate(), Results())
    func start(for peer: UInt64) -> TaskPool.Ticket? {
      pool.start(for: peer) {
        await gate.pass(isStubborn: false)
        return { ticket in results.tickets.withLock { $0.append(ticket) } }
      }
    }
    let many = (0..<20).compactMap { _ in start(for: 1) }
    let few = [2, 3, 2].compactMap { start(for: $0) }
    gate.open()
    #expect(try await eventually { results.all.count == 23 })
    #expect(Array(results.all.prefix(6)) == [many[0], few[0], few[1], many[1], few[2], many[2]])
    #expect(results.all.filter { many.contains($0) } == many)
  }

  @Test func `a task that is cancelled in the queue never begins, and its place is free`() async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 1, inLine: 2), Gate(), Results())
    let tickets = (0..<3).compactMap { _ in start(pool, gate, results) }
    #expect(start(pool, gate, results) == nil)
    pool.cancel(tickets[1])
    let late = try #require(start(pool, gate, results))
    gate.open()
    #expect(try await eventually { results.all.count == 3 })
    #expect(results.all == [tickets[0], tickets[2], late])
    #expect(gate.counts == Gate.Counts(began: 3, cancelled: 0, ended: 3))
  }

  @Test(arguments: [false, true])
  func `a task that is cancelled while it runs hands nothing over, and keeps its place until it ends`(
    isStubborn: Bool
  ) async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 1, inLine: 1), Gate(), Results())
    let first = try #require(start(pool, gate, results, isStubborn: isStubborn))
    #expect(try await eventually { gate.counts.began == 1 })
    let second = try #require(start(pool, gate, results))
    pool.cancel(first)
    pool.cancel(first)
    if isStubborn {
      #expect(pool.figures == (1, 1, 0))
      #expect(gate.counts.began == 1)
    } else {
      #expect(try await eventually { gate.counts.began == 2 })
    }
    gate.open()
    #expect(try await eventually { pool.figures == (0, 0, 0) })
    #expect(results.all == [second])
    #expect(gate.counts.cancelled == 1)
  }

  @Test func `cancelling a finished task does nothing`() async throws {
    let (pool, gate, results) = (TaskPool(atOnce: 1, inLine: 1), Gate(), Results())
    gate.open()
    let ticket = try #require(start(pool, gate, results))
    #expect(try await eventually { results.all == [ticket] && pool.figures.running == 0 })
    pool.cancel(ticket)
    #expect(gate.counts.cancelled == 0)
  }
}
