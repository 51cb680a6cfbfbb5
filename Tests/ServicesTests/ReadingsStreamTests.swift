import Catalog
import GRPC
import HTTP
import HTTPTypes
import Testing
import Wire

/// Streams that tell readings, over a catalog with real encoders; the test moves their clock.
@Suite struct ReadingsStreamTests {
  private let start = ContinuousClock.now

  private func note(_ fixture: Fixture, _ engine: String = "e1", running: Double) {
    var readings = Readings(takenAt: Timestamp(microseconds: 1_700_000_000_000_000))
    readings.runningRequests = running
    let load = EngineLoad(readings: readings, resources: ["open_files": 12])
    fixture.catalog.readings.note(
      engineID: engine, observedAt: Timestamp(microseconds: 1_700_000_000_500_000), load: load)
  }

  private func open(_ fixture: Fixture, _ fill: (inout WatchRequest) -> Void = { _ in }) throws -> any StreamHandler {
    var request = WatchRequest()
    request.view = .full
    request.readingsInterval = .seconds(5)
    fill(&request)
    let stream = try fixture.open("/rollcall.v1.ModelCatalog/WatchModels")
    if let status = stream.received(request.encode()[...]) { throw status }
    return stream
  }

  private func pull(_ stream: any StreamHandler, at seconds: Double) throws -> [WatchEvent] {
    var events = [WatchEvent]()
    while true {
      var buffer = MessageBuffer()
      let progress = stream.produce(into: &buffer, now: start + .seconds(seconds))
      events += try messages(buffer).compactMap { try WatchEvent.decode($0) }
      if progress != .more { return events }
    }
  }

  private func pull(_ source: any BodySource, at seconds: Double) -> [EventStreamParser.Event] {
    var slices = [ArraySlice<UInt8>]()
    while source.produce(into: &slices, now: start + .seconds(seconds)) == .more {}
    return EventStreamParser(slices.joined()).events
  }

  @Test func `a gRPC watch gets the readings of each model and each replica, without a revision`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    try await fixture.serve(["b"], on: "e2")
    note(fixture, running: 1)
    let stream = try open(fixture)
    let listed = try pull(stream, at: 0)
    #expect(listed.map(\.kind) == [.added, .added, .synced])
    #expect(listed[1].model?.readings?.runningRequests == 1)
    note(fixture, running: 2)
    note(fixture, "e2", running: 5)
    #expect(try pull(stream, at: 4) == [])
    let told = try pull(stream, at: 5)
    #expect(told.map(\.kind) == [.readings, .readings])
    #expect(told.map { $0.key?.id } == ["a", "b"])
    #expect(told.map(\.revision) == [0, 0])
    #expect(told.map { $0.readings?.readings?.runningRequests } == [2, 7])
    #expect(told[1].readings?.replicas.mapValues { $0.readings?.runningRequests } == ["e1": 2, "e2": 5])
    #expect(told[0].readings?.replicas["e1"]?.resources == ["open_files": 12])
    #expect(told[0].readings?.replicas["e1"]?.observedAt == Timestamp(microseconds: 1_700_000_000_500_000))
    #expect(try pull(stream, at: 9) == [])
    #expect(try pull(stream, at: 10) == [])
    for running in 3...6 { note(fixture, "e2", running: Double(running)) }
    #expect(try pull(stream, at: 15).map { $0.readings?.readings?.runningRequests } == [8])
  }

  @Test func `streams share encoded events`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let streams = try (0..<3).map { _ in try open(fixture) }
    for stream in streams { _ = try pull(stream, at: 0) }
    note(fixture, running: 1)
    let told = try streams.map { try pull($0, at: 5) }
    #expect(told.map(\.count) == [300, 300, 300])
    #expect(told[0] == told[1] && told[1] == told[2])
  }

  @Test func `a watch without an interval, or in view BASIC, gets no readings`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let stream = try open(fixture) { $0.readingsInterval = nil }
    _ = try pull(stream, at: 0)
    note(fixture, running: 1)
    #expect(try pull(stream, at: 6) == [])
    #expect(throws: Status.self) { try open(fixture) { $0.view = .basic } }
  }

  @Test(arguments: [
    Duration.zero, .milliseconds(999), .seconds(3_600) + .nanoseconds(1), .seconds(-5), .seconds(Int64.max),
  ])
  func `an interval of less than a second or more than an hour is INVALID_ARGUMENT`(interval: Duration) throws {
    do {
      _ = try open(try Fixture()) { $0.readingsInterval = interval }
      Issue.record("it was taken")
    } catch let status as Status {
      #expect(status.code == .invalidArgument)
      #expect(status.info?.metadata["field"] == "readings_interval")
    }
  }

  @Test func `a watch gets no readings before sources are synced, nor before SYNCED`() async throws {
    let fixture = try Fixture(ready: false)
    try await fixture.serve(["a"])
    let stream = try open(fixture)
    note(fixture, running: 1)
    #expect(try pull(stream, at: 6) == [])
    fixture.catalog.markReady()
    note(fixture, running: 2)
    #expect(try pull(stream, at: 11).map(\.kind) == [.added, .synced])
    note(fixture, running: 3)
    #expect(try pull(stream, at: 16).map(\.kind) == [.readings])
  }

  @Test func `a READINGS event over SSE has no id`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let response = fixture.get("/v1/models?watch=true&view=full&readings_interval=5s")
    guard case .stream(let source) = response.body else {
      Issue.record("no stream")
      return
    }
    let head = String(fixture.catalog.view.head)
    #expect(pull(source, at: 0).map(\.words) == ["ADDED a", "SYNCED"])
    note(fixture, running: 4)
    #expect(pull(source, at: 4).isEmpty)
    let events = pull(source, at: 5)
    #expect(events.map(\.words) == ["READINGS a"])
    #expect(events[0].lastID == "" || events[0].lastID == head)
    let model = try #require(events[0].json["model"] as? [String: Any])
    #expect(Set(model.keys) == ["namespace", "id", "replicas", "readings"])
    #expect((model["readings"] as? [String: Any])?["running_requests"] as? Double == 4)
    let replica = try #require((model["replicas"] as? [[String: Any]])?.first)
    #expect(Set(replica.keys) == ["engine_id", "observed_at", "readings", "resources"])
    #expect(replica["resources"] as? [String: Double] == ["open_files": 12])
    #expect(pull(source, at: 10).isEmpty)
  }

  @Test(arguments: ["1s", "1.5s", "1000ms", "1m", "1h", "3600s"])
  func `an interval of a second to an hour is accepted`(text: String) throws {
    let response = try Fixture().get("/v1/models?watch=true&view=full&readings_interval=" + text)
    #expect(response.status == .ok)
  }

  @Test(arguments: [
    "view=full&readings_interval=5", "view=full&readings_interval=0s", "view=full&readings_interval=999ms",
    "view=full&readings_interval=61m", "view=full&readings_interval=s", "view=full&readings_interval=-5s",
    "view=full&readings_interval=1e3s", "view=full&readings_interval=nans", "view=basic&readings_interval=5s",
    "readings_interval=5s",
  ])
  func `any other interval is 400`(query: String) throws {
    let response = try Fixture().get("/v1/models?watch=true&" + query)
    #expect(response.status == .badRequest)
    #expect(try error(response)["param"] as? String == "readings_interval")
  }
}
