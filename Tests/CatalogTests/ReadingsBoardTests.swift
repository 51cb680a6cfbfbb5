import Catalog
import Testing

@Suite("The readings board")
struct ReadingsBoardTests {
  private static func readings(running: Double, at microseconds: Int64 = 1) -> Readings {
    var readings = Readings(takenAt: moment(microseconds))
    readings.runningRequests = running
    return readings
  }

  @Test
  func `the board counts the notes that bring a load, and keeps the load when a note brings none`() {
    let board = ReadingsBoard()
    board.note(engineID: "e", observedAt: moment(1))
    #expect(board.version == 0)
    #expect(board.reading(of: "e") == EngineReading(observedAt: moment(1)))
    board.note(engineID: "e", observedAt: moment(2), load: EngineLoad(resources: ["open_files": 3]))
    board.note(engineID: "f", observedAt: moment(3), load: EngineLoad())
    board.note(engineID: "e", observedAt: moment(4))
    #expect(board.version == 2)
    #expect(board.reading(of: "e")?.version == 1)
    #expect(board.reading(of: "e")?.observedAt == moment(4))
    #expect(board.reading(of: "e")?.resources(of: "m") == ["open_files": 3])
    #expect(board.reading(of: "f")?.version == 2)
    #expect(board.reading(of: "g") == nil)
  }

  @Test
  func `a model has its own readings where the engine reports them, else the engine's`() throws {
    let load = EngineLoad(
      readings: Self.readings(running: 5), resources: ["resident_memory_bytes": 7, "open_files": 1],
      models: [
        "own": ModelLoad(readings: Self.readings(running: 2), resources: ["vram_bytes": 4, "open_files": 9]),
        "amounts": ModelLoad(resources: ["vram_bytes": 6]),
      ])
    let reading = EngineReading(observedAt: moment(1), load: load)
    #expect(reading.readings(of: "own")?.runningRequests == 2)
    #expect(reading.readings(of: "amounts")?.runningRequests == 5)
    #expect(reading.readings(of: "other")?.runningRequests == 5)
    #expect(reading.resources(of: "own") == ["resident_memory_bytes": 7, "open_files": 9, "vram_bytes": 4])
    #expect(reading.resources(of: "amounts") == ["resident_memory_bytes": 7, "open_files": 1, "vram_bytes": 6])
    #expect(reading.resources(of: "other") == ["resident_memory_bytes": 7, "open_files": 1])
  }

  @Test
  func `the board merges the readings of replicas that answer, and shows the others unchanged`() {
    let board = ReadingsBoard()
    let states: [(String, ModelState)] = [
      ("a", .ready), ("b", .unreachable), ("c", .failed), ("d", .draining), ("e", .cold),
    ]
    var replicas: [Replica] = []
    for (place, (engine, state)) in states.enumerated() {
      replicas.append(Replica(engineID: engine, endpoint: "", condition: condition(state)))
      let load = EngineLoad(readings: Self.readings(running: Double(1 << place), at: Int64(10 + place)))
      board.note(engineID: engine, observedAt: moment(20), load: load)
    }
    var model = model(key("m"))
    model.replicas = replicas
    let merged = board.lookup.readings(of: model)
    #expect(merged?.runningRequests == 25)
    #expect(merged?.takenAt == moment(10))
    #expect(board.lookup.readings("b", "m")?.runningRequests == 2)
    model.replicas = [replicas[1], replicas[2]]
    #expect(board.lookup.readings(of: model) == nil)
  }

  @Test
  func `a filter finds resources of any replica, the model's own before the engine's`() throws {
    let board = ReadingsBoard()
    var model = model(key("m"))
    model.replicas = ["a", "b"].map { Replica(engineID: $0, endpoint: "", condition: condition()) }
    let load = EngineLoad(
      resources: ["vram_bytes": 1, "gpu.mem/x": 2], models: ["m": ModelLoad(resources: ["vram_bytes": 8e9])])
    board.note(engineID: "b", observedAt: moment(1), load: load)
    for (text, expected) in [
      ("replicas.resources.vram_bytes > 1e9", true), ("replicas.resources.vram_bytes = 1", false),
      ("replicas.resources.\"gpu.mem/x\" = 2", true), ("replicas.resources.vram_bytes:*", true),
      ("replicas.resources.open_files:*", false), ("replicas.resources.open_files != 1", true),
      ("replicas.resources:*", true), ("NOT replicas.resources:*", false), ("replicas.readings:*", false),
      ("readings:*", false),
    ] {
      #expect(try Filter(text).matches(model, board.lookup) == expected, "\(text)")
      #expect(try !Filter("replicas.resources:*").matches(model, .none))
    }
  }

  @Test
  func `the board forgets an engine, and a list that has begun keeps its readings`() {
    let board = ReadingsBoard()
    for number in 0..<40 {
      board.note(engineID: "e\(number)", observedAt: moment(1), load: EngineLoad(readings: Self.readings(running: 1)))
    }
    let lookup = board.lookup
    for number in 0..<40 { board.forget(engineID: "e\(number)") }
    #expect((0..<40).allSatisfy { board.reading(of: "e\($0)") == nil })
    #expect((0..<40).allSatisfy { lookup.observedAt("e\($0)") == moment(1) })
  }
}
