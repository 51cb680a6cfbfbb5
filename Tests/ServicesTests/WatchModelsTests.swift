import Catalog
import GRPC
import HTTP
import Testing
import Wire

/// One `WatchModels` call that a test pulls.
private struct Watch {
  let stream: any StreamHandler
  let status: Status?
  let start = ContinuousClock.now

  init(_ fixture: Fixture, _ fill: (inout WatchRequest) -> Void = { _ in }) throws {
    var request = WatchRequest()
    fill(&request)
    stream = try fixture.open("/rollcall.v1.ModelCatalog/WatchModels")
    status = stream.received(request.encode()[...])
    stream.halfClosed()
  }

  /// All that is ready, and how the last pull ended.
  func pull(after seconds: Int = 0) throws -> (events: [WatchEvent], progress: Progress) {
    var events = [WatchEvent]()
    while true {
      var buffer = MessageBuffer()
      let progress = stream.produce(into: &buffer, now: start + .seconds(seconds))
      events += try messages(buffer).compactMap { try WatchEvent.decode($0) }
      if progress != .more { return (events, progress) }
    }
  }

  func words(after seconds: Int = 0) throws -> [String] {
    try pull(after: seconds).events.map { $0.kind.name + ($0.key.map { " " + $0.id } ?? "") }
  }
}

@Suite struct WatchModelsTests {
  @Test func `a watcher gets the list, then SYNCED, then changes`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    let watch = try Watch(fixture)
    let (first, progress) = try watch.pull()
    #expect(first.map(\.kind) == [.added, .added, .synced])
    #expect(first.map(\.revision) == [0, 0, fixture.catalog.view.head])
    #expect(first[0].model?.model.key.id == "a")
    #expect(progress == .wait)
    #expect(try watch.words() == [])
    try await fixture.serve(["b", "c"])
    #expect(try watch.words() == ["REMOVED a", "ADDED c"])
    try await fixture.serve(["b", "c"], state: .unreachable)
    let (changed, _) = try watch.pull()
    #expect(changed.map(\.kind) == [.modified, .modified])
    #expect(changed.last?.model?.model.state == .unreachable)
    #expect(changed.map(\.revision) == [fixture.catalog.view.head - 1, fixture.catalog.view.head])
  }

  @Test func `a long list comes in few slices and complete`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<600).map { "m\($0)" })
    let watch = try Watch(fixture)
    var buffer = MessageBuffer()
    #expect(watch.stream.produce(into: &buffer, now: watch.start) == .more)
    #expect(buffer.slices.count == 1)
    let first = messages(buffer).count
    #expect(first > 100)
    #expect(try first + watch.pull().events.count == 601)
  }

  @Test func `changes are sent from the ring without a copy`() async throws {
    let fixture = try Fixture()
    let watch = try Watch(fixture)
    _ = try watch.pull()
    try await fixture.serve(["a"])
    var buffer = MessageBuffer()
    _ = watch.stream.produce(into: &buffer, now: watch.start)
    let history = fixture.catalog.view.history
    let shared = history.event(at: history.end - 1).encoded.framed
    let sent = try #require(buffer.slices.first)
    #expect(isSameMemory(sent, shared[...]))
  }

  @Test func `a watcher of one namespace sees it alone`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let watch = try Watch(fixture) { $0.namespace = "team" }
    #expect(try watch.words() == ["SYNCED"])
    try await fixture.serve(["b"])
    try await fixture.serve(["c"], on: "e2", namespace: "team")
    #expect(try watch.words() == ["ADDED c"])
  }

  @Test(arguments: [ModelView.basic, .full])
  func `a filter decides which models a watcher sees listed, added, changed and removed`(view: ModelView) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    try await fixture.serve(["c"], on: "e2", state: .unreachable)
    let watch = try Watch(fixture) { ($0.filter, $0.view) = ("state = READY", view) }
    #expect(try watch.words() == ["ADDED a", "ADDED b", "SYNCED"])
    try await fixture.serve(["a", "b"], root: "/other")
    #expect(try watch.words() == ["MODIFIED a", "MODIFIED b"])
    try await fixture.serve(["c"], on: "e2")
    let entered = try watch.pull().events
    #expect(entered.map(\.kind) == [.added])
    #expect(entered[0].model?.model.key.id == "c" && entered[0].model?.model.state == .ready)
    #expect(entered[0].model?.model.replicas.count == (view == .full ? 1 : 0))
    #expect(entered[0].revision == fixture.catalog.view.head)
    try await fixture.serve(["a", "b"], state: .unreachable)
    let left = try watch.pull().events
    #expect(left.map(\.kind) == [.removed, .removed])
    #expect(left.map(\.key?.id) == ["a", "b"])
    #expect(left.allSatisfy { $0.model == nil })
    try await fixture.serve(["a", "new"], state: .unreachable)
    #expect(try watch.words() == [])
    // A bookmark comes all the same.
    let bookmark = try watch.pull(after: 29).events
    #expect(bookmark.map(\.kind) == [.synced])
    #expect(bookmark[0].revision == fixture.catalog.view.head)
  }

  @Test func `a watch with a rare match passes over many models and sends the match`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<3_000).map { "m\($0)" })
    let watch = try Watch(fixture) { $0.filter = "id = m2999" }
    var buffer = MessageBuffer()
    #expect(watch.stream.produce(into: &buffer, now: watch.start) == .more)
    #expect(buffer.isEmpty)
    #expect(try watch.words() == ["ADDED m2999", "SYNCED"])
  }

  @Test(arguments: ["state = ", "readings.waiting_requests > 1", "replicas.observed_at:*"])
  func `a filter that a watch cannot take is INVALID_ARGUMENT`(filter: String) throws {
    let watch = try Watch(Fixture()) { $0.filter = filter }
    #expect(watch.status?.code == .invalidArgument)
    #expect(watch.status?.info?.metadata["field"] == "filter")
  }

  @Test func `a watcher resumes after a revision`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let revision = fixture.catalog.view.head
    try await fixture.serve(["a", "b"])
    let watch = try Watch(fixture) { $0.startRevision = revision }
    #expect(try watch.words() == ["ADDED b", "SYNCED"])
  }

  @Test(arguments: [Int64(1), 2_000_000])
  func `a watcher that resumes at an unknown revision gets RESET and a list`(revision: Int64) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let watch = try Watch(fixture) { $0.startRevision = revision }
    #expect(try watch.words() == ["RESET", "ADDED a", "SYNCED"])
  }

  @Test func `a watcher gets nothing before sources are synced`() async throws {
    let fixture = try Fixture(ready: false)
    try await fixture.serve(["a"])
    let watch = try Watch(fixture)
    #expect(try watch.words() == [])
    fixture.catalog.markReady()
    #expect(try watch.words() == ["ADDED a", "SYNCED"])
  }

  @Test func `a quiet watcher gets a bookmark within 30 s`() throws {
    let watch = try Watch(Fixture())
    #expect(try watch.words() == ["SYNCED"])
    #expect(try watch.words(after: 20) == [])
    #expect(try watch.words(after: 29) == ["SYNCED"])
    #expect(try watch.words(after: 30) == [])
  }

  @Test func `a watcher in view FULL gets replicas in lists and changes, and keys alone in removals`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 7_000_000))
    let watch = try Watch(fixture) { $0.view = .full }
    let listed = try watch.pull().events
    #expect(listed.first?.model?.model.replicas.map(\.engineID) == ["e1"])
    #expect(listed.first?.model?.replicas["e1"]?.observedAt == Timestamp(microseconds: 7_000_000))
    try await fixture.serve(["b"])
    let changed = try watch.pull().events
    #expect(changed.map(\.kind) == [.removed, .added])
    #expect(changed.last?.model?.model.replicas.count == 1)
    #expect(changed.last?.revision == fixture.catalog.view.head)
  }

  @Test func `a watcher that falls off the history twice is ended`() async throws {
    let fixture = try Fixture(history: HistoryLimits(events: 8, bytes: 1 << 20))
    try await fixture.serve((0..<900).map { "m\($0)" })
    let watch = try Watch(fixture)
    var last = Progress.wait
    for round in 0..<4 where last == .wait || last == .more {
      var buffer = MessageBuffer()
      last = watch.stream.produce(into: &buffer, now: watch.start)
      try await fixture.serve((0..<20).map { "r\(round)-\($0)" }, on: "e2")
    }
    guard case .end(let status) = last else {
      Issue.record("it goes on")
      return
    }
    #expect(status.code == .resourceExhausted)
  }

  @Test(arguments: [
    ("filter", request { $0.filter = "state =" }),
    ("readings_interval", request { $0.readingsInterval = .seconds(5) }),
    ("start_revision", request { $0.startRevision = -1 }),
  ])
  func `a wrong request is INVALID_ARGUMENT and names its field`(field: String, request: WatchRequest) throws {
    let status = try Watch(Fixture()) { $0 = request }.status
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains(field))
  }

  @Test func `a watch without a free slot is RESOURCE_EXHAUSTED until another ends`() throws {
    let fixture = try Fixture(limits: [.watches: 1])
    let first = try Watch(fixture)
    #expect(first.status == nil)
    let second = try Watch(fixture)
    #expect(second.status?.code == .resourceExhausted)
    second.stream.closed()
    #expect(try Watch(fixture).status?.code == .resourceExhausted)
    first.stream.closed()
    #expect(try Watch(fixture).status == nil)
  }
}

private func request(_ fill: (inout WatchRequest) -> Void) -> WatchRequest {
  var request = WatchRequest()
  fill(&request)
  return request
}
