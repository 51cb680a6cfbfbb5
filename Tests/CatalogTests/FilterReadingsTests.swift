import Catalog
import Testing

@Suite("A filter by readings")
struct FilterReadingsTests {
  private static let lookup: ReadingsLookup = {
    let board = ReadingsBoard()
    var a = Readings(takenAt: moment(30))
    a.runningRequests = 3
    a.waitingRequests = 0
    a.kvCacheUsage = 0.25
    a.promptTokensPerSecond = 10
    a.generationTokensPerSecond = 1.5
    (a.ttftP50, a.ttftP99, a.itlP50, a.itlP99, a.e2eP50, a.e2eP99) = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    (a.loraSlotsUsed, a.loraSlotsTotal) = (1, 4)
    board.note(engineID: "http://a:8000", observedAt: moment(1_000_000), load: EngineLoad(readings: a))
    var b = Readings(takenAt: moment(20))
    b.runningRequests = 4
    b.kvCacheUsage = 0.75
    b.promptTokensPerSecond = 5
    b.generationTokensPerSecond = 1
    (b.ttftP50, b.ttftP99, b.itlP50, b.itlP99, b.e2eP50, b.e2eP99) = (0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
    (b.loraSlotsUsed, b.loraSlotsTotal) = (2, 4)
    board.note(engineID: "http://b:8000", observedAt: moment(2_000_000), load: EngineLoad(readings: b))
    board.note(engineID: "http://c:11434", observedAt: moment(3_000_000))
    return board.lookup
  }()

  @Test
  func `a filter sees merged readings: sums of amounts, largest shares and durations, oldest times`() throws {
    let readings = try #require(Self.lookup.readings(of: FilterSamples.models[0]))
    var expected = Readings(takenAt: moment(20))
    expected.runningRequests = 7
    expected.waitingRequests = 0
    expected.kvCacheUsage = 0.75
    expected.promptTokensPerSecond = 15
    expected.generationTokensPerSecond = 2.5
    (expected.ttftP50, expected.ttftP99, expected.itlP50) = (0.6, 0.5, 0.4)
    (expected.itlP99, expected.e2eP50, expected.e2eP99) = (0.4, 0.5, 0.6)
    (expected.loraSlotsUsed, expected.loraSlotsTotal) = (3, 8)
    #expect(readings == expected)
    #expect(Self.lookup.readings(of: FilterSamples.models[2]) == nil)
    #expect(Self.lookup.readings("http://c:11434", "any") == nil)
    #expect(Self.lookup.observedAt("http://c:11434") == moment(3_000_000))
    #expect(Self.lookup.observedAt("http://d") == nil)
  }

  @Test(
    arguments: [
      ("readings.running_requests = 7", [0]), ("readings.running_requests > 3.9", [0]),
      ("readings.running_requests < 1e1", [0]), ("readings.waiting_requests = 0", [0]),
      ("readings.waiting_requests = -0.0", [0]), ("readings.waiting_requests:*", [0]),
      ("readings.waiting_requests != 0", [1, 2, 3]), ("NOT readings.waiting_requests = 0", [1, 2, 3]),
      ("readings.kv_cache_usage >= .75", [0]), ("readings:*", [0]), ("readings.taken_at:*", [0]),
      ("readings.taken_at < 1970-01-01T00:00:00.00002Z", []),
      ("readings.taken_at <= 1970-01-01T00:00:00.00002Z", [0]),
      // Model 1's replica on b does not answer: b's readings are shown, but not counted.
      ("replicas.readings.waiting_requests:0", [0]), ("replicas.readings.running_requests = 4", [0, 1]),
      ("replicas.readings.running_requests = 7", []), ("replicas.readings:*", [0, 1]),
      ("replicas.observed_at > 1970-01-01T00:00:02Z", [1]), ("replicas.observed_at:*", [0, 1]),
    ] as [(String, [Int])])
  func `a filter by readings compares only known values`(_ text: String, _ places: [Int]) throws {
    #expect(try FilterSamples.matching(text, Self.lookup) == places.map { FilterSamples.models[$0].key.id })
    #expect(try Filter(text).usesReadings)
  }

  @Test
  func `a filter by readings does not match a model without readings`() throws {
    #expect(try FilterSamples.matching("readings.waiting_requests >= 0 OR readings:* OR replicas.observed_at:*") == [])
  }

  @Test(arguments: [
    ("state = READY", false), ("replicas.state = READY", false), ("labels.readings = x", false), ("readings", false),
    ("state = READY OR NOT (kind = BASE AND -readings.e2e_p99 > 1)", true), ("replicas.resources.gpu > 1", true),
    ("replicas.resources:*", true), ("replicas.observed_at:*", true), ("replicas.readings:*", true),
    ("readings:*", true),
  ])
  func `a filter knows whether it uses readings`(_ text: String, _ expected: Bool) throws {
    #expect(try Filter(text).usesReadings == expected)
  }

  @Test
  func `the board keeps an engine's load when the engine answers without one`() {
    let board = ReadingsBoard()
    let readings = Readings(takenAt: moment(1))
    board.note(engineID: "e", observedAt: moment(1), load: EngineLoad(readings: readings))
    board.note(engineID: "e", observedAt: moment(2))
    let expected = EngineReading(observedAt: moment(2), load: EngineLoad(readings: readings), version: 1)
    #expect(board.reading(of: "e") == expected)
  }
}
