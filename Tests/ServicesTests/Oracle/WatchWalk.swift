import Catalog
import GRPC
import HTTP
import Testing
import Wire

/// A watcher through a filter that keeps a copy of the list, as every client does, and checks what it is told.
struct WatchWalk {
  private let world: QueryWorld
  private let namespace: String
  private let truth: QueryTruth
  private let filterText: String
  private let view: ModelView
  private let usesSSE: Bool
  private var feed: WatchFeed
  private var copy: [ModelKey: Shown] = [:]
  /// What it would resume from.
  private var revision: Int64 = 0
  /// No event may come twice, unless the cut was in the middle of a revision.
  private var isStrict = true
  private var restarts: Int
  /// Checks that were made: SYNCED, bookmarks and ends.
  private(set) var looks = 0

  init(_ world: QueryWorld) throws {
    let (filter, text) = world.questions.filter()
    namespace = world.random.one(in: 3) ? world.random.pick(Vocabulary.namespaces) : ""
    self.world = world
    truth = QueryTruth(scope: namespace.isEmpty ? .all : .namespace(namespace), filter: filter)
    filterText = text
    view = world.random.one(in: 3) ? .full : .basic
    usesSSE = world.random.one(in: 2)
    restarts = world.restarts
    feed = try Self.open(world.fixture, namespace, filterText, view, from: 0, sse: usesSSE)
  }

  private static func open(
    _ fixture: Fixture, _ namespace: String, _ filter: String, _ view: ModelView, from revision: Int64, sse: Bool
  ) throws -> WatchFeed {
    guard !sse else {
      let query = [
        ("watch", "true"), ("namespace", namespace), ("filter", filter), ("view", view == .full ? "full" : "basic"),
        ("start_revision", String(revision)),
      ]
      let response = fixture.get(fixture.target("/v1/models", query.filter { !$0.1.isEmpty && $0.1 != "0" }))
      guard case .stream(let source) = response.body else { throw NoWatch(text: text(response)) }
      return .sse(EventBytes(source))
    }
    var request = WatchRequest()
    request.namespace = namespace
    request.filter = filter
    request.view = view
    request.startRevision = revision
    let stream = try fixture.open("/rollcall.v1.ModelCatalog/WatchModels")
    if let status = stream.received(request.encode()[...]) { throw status }
    stream.halfClosed()
    return .grpc(stream)
  }

  struct NoWatch: Error {
    var text: String
  }

  /// Takes what is ready, or loses the connection in the middle of it.
  mutating func step(now: ContinuousClock.Instant) throws {
    if restarts != world.restarts {
      restarts = world.restarts
      try reconnect(from: revision)
    }
    guard let events = try feed.pull(now: now) else {
      looks += 1
      return try reconnect(from: world.random.one(in: 2) ? revision : 0)
    }
    for event in events {
      take(event)
      if world.random.one(in: 40) { return try reconnect(from: revision) }
    }
    switch world.random.number(0...30) {
    case 0: try reconnect(from: 0)
    case 1: try reconnect(from: world.random.pick([1, 999, 1 << 50]))
    case 2: try reconnectWithPastList()
    default: break
    }
  }

  /// All that is left, which ends with the list as it is.
  mutating func finish(now: ContinuousClock.Instant) throws {
    if restarts != world.restarts { try reconnect(from: revision) }
    for _ in 0..<1_000 {
      guard let events = try feed.pull(now: now) else {
        try reconnect(from: 0)
        continue
      }
      for event in events { take(event) }
      if events.isEmpty { break }
    }
    checkCopy(at: world.head)
    feed.close()
  }

  private func checkCopy(at revision: Int64) {
    let truth = list(at: revision)
    let wrong = Set(copy.keys).union(truth.keys).filter { copy[$0] != truth[$0] }.sorted()
    #expect(wrong.isEmpty, "the copy at \(revision): \(filterText)")
  }

  private func list(at revision: Int64) -> [ModelKey: Shown] {
    let models = truth.list(world.truth(at: revision))
    return Dictionary(
      uniqueKeysWithValues: models.map { model in
        (model.key, Shown(etag: model.etag, model: usesSSE ? nil : view == .full ? model : model.basic))
      })
  }

  private mutating func reconnect(from start: Int64) throws {
    feed.close()
    if start == 0 { copy = [:] }
    let isKnown = start == revision && start != 0
    // In the middle of a revision some of its events came already, and come again.
    isStrict = start == 0 || isKnown && copy == list(at: start)
    revision = isKnown ? start : 0
    feed = try Self.open(world.fixture, namespace, filterText, view, from: start, sse: usesSSE)
  }

  /// With a list that it has from somewhere else.
  private mutating func reconnectWithPastList() throws {
    revision = world.random.pick(world.retained)
    copy = list(at: revision)
    try reconnect(from: revision)
  }

  private mutating func take(_ event: FeedEvent) {
    if event.revision != 0 {
      #expect(event.revision >= revision || !isStrict, "revisions go backwards")
      revision = event.revision
    }
    switch event.kind {
    case .reset:
      copy = [:]
      revision = 0
      isStrict = true
    case .readings:
      Issue.record("nobody asked for READINGS")
    case .synced:
      checkCopy(at: event.revision)
      isStrict = true
      looks += 1
    case .added, .modified:
      guard let key = event.key, let shown = event.shown else {
        Issue.record("an event without its model")
        return
      }
      let known = copy.updateValue(shown, forKey: key)
      if isStrict { #expect((known == nil) == (event.kind == .added), "\(event.kind.name) \(key): \(filterText)") }
    case .removed:
      guard let key = event.key else {
        Issue.record("a removal without its key")
        return
      }
      let known = copy.removeValue(forKey: key)
      if isStrict { #expect(known != nil, "REMOVED \(key), which was not there: \(filterText)") }
    }
  }
}
