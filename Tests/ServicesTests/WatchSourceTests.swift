import Catalog
import HTTP
import HTTPTypes
import Testing

/// One `GET /v1/models?watch=true` that a test pulls.
private struct Watch {
  let source: any BodySource
  let start = ContinuousClock.now

  init(_ fixture: Fixture, _ query: String = "watch=true", _ fields: HTTPFields = [:]) throws {
    let response = fixture.get("/v1/models?" + query, fields)
    #expect(response.status == .ok)
    #expect(response.fields[.contentType] == "text/event-stream")
    // Proxies hand on each event at once.
    #expect(response.fields[.cacheControl] == "no-store, no-transform")
    #expect(response.fields[HTTPField.Name("x-accel-buffering")!] == "no")
    guard case .stream(let source) = response.body else { throw NoStream() }
    self.source = source
  }

  struct NoStream: Error {}

  func pull(after seconds: Int = 0) -> EventStreamParser {
    var slices = [ArraySlice<UInt8>]()
    while source.produce(into: &slices, now: start + .seconds(seconds)) == .more {}
    return EventStreamParser(slices.joined())
  }
}

@Suite struct WatchSourceTests {
  @Test func `a watcher gets the list, then SYNCED, then changes`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b\n\"x"])
    let watch = try Watch(fixture)
    let first = watch.pull()
    let head = String(fixture.catalog.view.head)
    #expect(first.retry == 2000)
    #expect(first.events.map(\.words) == ["ADDED a", "ADDED b\n\"x", "SYNCED"])
    #expect(first.events.map(\.lastID) == ["", "", head])
    #expect(first.events.allSatisfy { $0.json["type"] as? String == $0.name })
    #expect((first.events[0].json["model"] as? [String: Any])?["state"] as? String == "READY")
    try await fixture.serve(["a"], state: .draining)
    let change = watch.pull()
    #expect(change.retry == nil)
    #expect(change.events.map(\.words) == ["MODIFIED a", "REMOVED b\n\"x"])
    #expect(change.events.last?.lastID == String(fixture.catalog.view.head))
  }

  @Test func `a watcher with a filter sees the models that enter it and leave it`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    try await fixture.serve(["c"], on: "e2", state: .draining)
    let watch = try Watch(fixture, "watch=true&filter=state%20%3D%20READY")
    #expect(watch.pull().events.map(\.words) == ["ADDED a", "ADDED b", "SYNCED"])
    try await fixture.serve(["c"], on: "e2")
    try await fixture.serve(["a", "b"], state: .draining)
    let changes = watch.pull().events
    #expect(changes.map(\.words) == ["ADDED c", "REMOVED a", "REMOVED b"])
    #expect((changes[0].json["model"] as? [String: Any])?["state"] as? String == "READY")
    #expect(Set((changes[1].json["model"] as? [String: Any] ?? [:]).keys) == ["namespace", "id"])
    #expect(changes.last?.lastID == String(fixture.catalog.view.head))
  }

  @Test(arguments: [true, false])
  func `a watcher resumes after the last event that it saw`(byField: Bool) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let seen = String(fixture.catalog.view.head)
    try await fixture.serve(["a", "b"])
    let watch =
      byField
      ? try Watch(fixture, "watch=true&start_revision=1", [HTTPField.Name("Last-Event-ID")!: seen])
      : try Watch(fixture, "watch=true&start_revision=" + seen)
    #expect(watch.pull().events.map(\.words) == ["ADDED b", "SYNCED"])
  }

  @Test func `a watcher that resumes at a compacted revision gets RESET and a list`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    #expect(
      try Watch(fixture, "watch=1&start_revision=1").pull().events.map(\.words) == ["RESET", "ADDED a", "SYNCED"])
  }

  @Test(arguments: ["x", "0", "-3", "1", "9223372036854775807", "99999999999999999999", "1_000_001", "\u{e9}"])
  func `a Last-Event-ID that the server never gave out is RESET and a list`(id: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let watch = try Watch(fixture, "watch=true", [HTTPField.Name("Last-Event-ID")!: id])
    #expect(watch.pull().events.map(\.words) == ["RESET", "ADDED a", "SYNCED"])
  }

  @Test func `RESET empties the last id, which stays empty until the list is complete`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    let watch = try Watch(fixture, "watch=true", [HTTPField.Name("Last-Event-ID")!: "7"])
    var slices = [ArraySlice<UInt8>]()
    while watch.source.produce(into: &slices, now: watch.start) == .more {}
    let text = String(decoding: slices.joined(), as: UTF8.self)
    #expect(text.contains("\nid:\nevent: RESET\n"))
    // A client that had an id before, as it reads the stream.
    let events = EventStreamParser(Array("id: 7\n\n".utf8) + slices.joined()).events
    #expect(events.map(\.words) == ["RESET", "ADDED a", "ADDED b", "SYNCED"])
    #expect(events.map(\.lastID) == ["", "", "", String(fixture.catalog.view.head)])
  }

  @Test func `a quiet stream has a comment every 15 s`() throws {
    let watch = try Watch(Fixture())
    #expect(watch.pull().events.map(\.words) == ["SYNCED"])
    #expect(watch.pull(after: 14).comments == 0)
    #expect(watch.pull(after: 15).comments == 1)
    #expect(watch.pull(after: 16).comments == 0)
    let bookmark = watch.pull(after: 29)
    #expect(bookmark.events.map(\.words) == ["SYNCED"])
    #expect(bookmark.comments == 0)
    #expect(watch.pull(after: 44).comments == 1)
  }

  @Test func `a watcher gets comments alone before sources are synced`() async throws {
    let fixture = try Fixture(ready: false)
    try await fixture.serve(["a"])
    let watch = try Watch(fixture)
    let first = watch.pull()
    #expect(first.events.isEmpty)
    #expect(first.retry == 2000)
    let second = watch.pull(after: 15)
    #expect(second.events.isEmpty)
    #expect(second.comments == 1)
    fixture.catalog.markReady()
    #expect(watch.pull(after: 16).events.map(\.words) == ["ADDED a", "SYNCED"])
  }

  @Test func `a watcher of one namespace sees it alone, and view FULL has replicas`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    try await fixture.serve(["b"], on: "e2", namespace: "team")
    let watch = try Watch(fixture, "watch=true&namespace=team&view=full")
    let events = watch.pull().events
    #expect(events.map(\.words) == ["ADDED b", "SYNCED"])
    #expect(((events[0].json["model"] as? [String: Any])?["replicas"] as? [Any])?.count == 1)
    try await fixture.serve([], on: "e2", namespace: "team")
    #expect(watch.pull().events.map(\.words) == ["REMOVED b"])
  }

  @Test func `a long list comes in parts`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<600).map { "m\($0)" })
    let watch = try Watch(fixture)
    var slices = [ArraySlice<UInt8>]()
    #expect(watch.source.produce(into: &slices, now: watch.start) == .more)
    #expect(slices.reduce(0) { $0 + $1.count } < 80_000)
    let first = EventStreamParser(slices.joined()).events.count
    #expect(first + watch.pull().events.count == 601)
  }

  @Test func `a watch without a free slot is 503 until another ends`() throws {
    let fixture = try Fixture(limits: [.watches: 1])
    let watch = try Watch(fixture)
    let refused = fixture.get("/v1/models?watch=true")
    #expect(refused.status == .serviceUnavailable)
    #expect(refused.fields[.retryAfter] != nil)
    watch.source.closed()
    #expect(fixture.get("/v1/models?watch=true", method: .head).status == .ok)
    _ = try Watch(fixture)
  }
}
