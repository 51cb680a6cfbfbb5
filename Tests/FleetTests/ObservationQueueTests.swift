import Catalog
import Testing

@testable import Fleet

@Suite("The queue of observations")
struct ObservationQueueTests {
  func facts(_ id: String, _ state: ModelState = .ready) -> EngineFacts {
    EngineFacts(id: id, endpoint: "", condition: Condition(state: state, changedAt: Timestamp(microseconds: 1)))
  }

  let models = [ReplicaFacts(modelID: "m")]

  @Test func `the queue merges two observations of one engine`() throws {
    var queue = ObservationQueue()
    queue.push(.engine(facts("a"), models: models))
    queue.push(.engineOnly(facts("a", .unreachable)))
    queue.push(.forgotten(engineID: "b"))
    queue.push(.engineOnly(facts("b")))
    queue.push(.engine(facts("c"), models: models))
    queue.push(.forgotten(engineID: "c"))
    let told = queue.take(10)
    #expect(queue.count == 0)
    #expect(told.map(\.engineID) == ["a", "b", "c"])
    guard case .engine(let a, let aModels) = told[0], case .engine(_, let bModels) = told[1], case .forgotten = told[2]
    else {
      Issue.record("\(told)")
      return
    }
    #expect(a.condition.state == .unreachable && aModels == models)
    #expect(bModels.isEmpty, "what was forgotten has no models")
  }

  @Test func `an observation that is put back comes before those that followed`() {
    var queue = ObservationQueue()
    queue.push(.engine(facts("a"), models: models))
    queue.push(.engineOnly(facts("b")))
    let taken = queue.take(1)
    queue.push(.engineOnly(facts("a", .failed)))
    queue.putBack(taken)
    let told = queue.take(10)
    #expect(told.map(\.engineID) == ["a", "b"])
    guard case .engine(let a, let aModels) = told[0] else {
      Issue.record("\(told)")
      return
    }
    #expect(a.condition.state == .failed && aModels == models)
  }
}
