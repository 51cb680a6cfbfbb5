import Testing

@testable import Simulator

@Suite("The shape of a fleet")
struct FleetShapeTests {
  @Test func `neighbouring engines serve the same models`() {
    let shape = FleetShape(engines: 5, models: 2, adapters: 3, replicas: 2)
    #expect(shape.models(ofEngine: 0) == shape.models(ofEngine: 1))
    #expect(shape.models(ofEngine: 2) == shape.models(ofEngine: 3))
    #expect(Set(shape.models(ofEngine: 1)).isDisjoint(with: shape.models(ofEngine: 2)))
    #expect(
      shape.models(ofEngine: 2).map(\.id) == [
        "sim-org/model-002", "sim-org/model-003", "model-002-lora-1", "model-003-lora-1", "model-002-lora-2",
      ])
    #expect(shape.models(ofEngine: 2)[3].parent == "sim-org/model-003")
    #expect(shape.models(ofEngine: 2)[3].maxModelLen == nil)
  }

  @Test func `a thousand engines of ten models make ten thousand names`() {
    let shape = FleetShape(engines: 1000, models: 10, replicas: 1)
    let ids = Set((0..<1000).flatMap { shape.models(ofEngine: $0).map(\.id) })
    #expect(ids.count == 10_000)
    #expect(ids.contains("sim-org/model-0007") && ids.contains("sim-org/model-9999"))
    #expect(Set(shape.models(ofEngine: 0).map(\.maxModelLen)).count > 1)
  }

  @Test(arguments: [
    ("all", [0, 1, 2, 3]), ("2", [2]), ("1-3", [1, 2, 3]), ("0,2-3", [0, 2, 3]),
  ])
  func `a selection names engines`(text: String, indices: [Int]) throws {
    #expect(try EngineSelection(text, count: 4).indices == indices)
  }

  @Test(arguments: ["", "x", "4", "-1", "3-1", "1-2-3", "1,,2", "0-4"])
  func `a malformed selection is refused`(text: String) {
    #expect(throws: SimulatorError.self) { try EngineSelection(text, count: 4) }
  }
}
