import Catalog
import TestKit
import Testing

/// A watch of readings that a test pulls: what it receives, as `id=running`.
private struct ReadingsWatch {
  let catalog: ModelCatalog
  let start = ContinuousClock.now
  private var cursor: WatchCursor
  private var readings: ReadingsCursor

  init(_ catalog: ModelCatalog, namespace: String? = nil, filter: String? = nil, startRevision: Int64 = 0) throws {
    self.catalog = catalog
    let filter = try filter.map { text throws(QueryTextError) in try Filter(text) }
    cursor = WatchCursor(
      namespace: namespace, filter: filter, sight: .all, startRevision: startRevision, now: start)
    readings = ReadingsCursor(interval: .seconds(5), namespace: namespace, filter: filter, now: start)
  }

  /// One step; nil when there is nothing more at this time.
  mutating func step(at seconds: Double) -> String? {
    let now = start + .seconds(seconds)
    let view = catalog.view
    let version = catalog.readings.version
    while true {
      switch cursor.next(view, now: now) {
      case .item(let item):
        readings.sends(item, version: version)
        return item.kind.name + (item.key.map { " " + $0.id } ?? "")
      case .again: continue
      case .failed: return "failed"
      case .wait: break
      }
      switch readings.next(view.snapshot, catalog.readings, now: now) {
      case .item(let told):
        let running = told.merged?.runningRequests.map { "\(Int($0))" } ?? "-"
        return "\(told.key.id)=\(running)"
      case .again: continue
      case .wait: return nil
      }
    }
  }

  mutating func pull(at seconds: Double) -> [String] {
    var words: [String] = []
    while let word = step(at: seconds) { words.append(word) }
    return words
  }
}

@Suite("A watch of readings")
struct ReadingsCursorTests {
  private func load(_ running: Double) -> EngineLoad {
    var readings = Readings(takenAt: moment(1))
    readings.runningRequests = running
    return EngineLoad(readings: readings)
  }

  private func note(_ catalog: ModelCatalog, _ engine: String, _ running: Double?) {
    catalog.readings.note(engineID: engine, observedAt: moment(2), load: running.map(load))
  }

  /// Engine `e` serves `a`, engine `f` serves `b`, both serve `c`.
  private func world(shape: TreeShape = .standard) async throws -> ModelCatalog {
    let catalog = try makeCatalog(shape: shape)
    try await catalog.record([observed("e", ["a", "c"]), observed("f", ["b", "c"])], at: moment(1))
    return catalog
  }

  @Test
  func
    `sends the readings that changed, once in an interval and with the latest values, and nothing when none changed`()
    async throws
  {
    let catalog = try await world()
    note(catalog, "e", 1)
    var watch = try ReadingsWatch(catalog)
    #expect(watch.pull(at: 0) == ["ADDED a", "ADDED b", "ADDED c", "SYNCED"])
    #expect(watch.pull(at: 5) == [])
    note(catalog, "e", 2)
    note(catalog, "e", 3)
    #expect(watch.pull(at: 9.9) == [])
    #expect(watch.pull(at: 10) == ["a=3", "c=3"])
    note(catalog, "e", 4)
    note(catalog, "f", 10)
    #expect(watch.pull(at: 11) == [])
    #expect(watch.pull(at: 15.5) == ["a=4", "b=10", "c=14"])
    note(catalog, "f", 20)
    // Counted from the start, not from what was sent last.
    #expect(watch.pull(at: 20) == ["b=20", "c=24"])
    #expect(watch.pull(at: 25) == [])
  }

  @Test
  func `a watcher gets no readings when an engine answers without a load`() async throws {
    let catalog = try await world()
    var watch = try ReadingsWatch(catalog)
    _ = watch.pull(at: 0)
    note(catalog, "e", nil)
    #expect(watch.pull(at: 5) == [])
    catalog.readings.note(engineID: "f", observedAt: moment(3), load: EngineLoad(resources: ["open_files": 3]))
    #expect(watch.pull(at: 10) == ["b=-", "c=-"])
  }

  @Test
  func `a watcher that resumes gets all readings once`() async throws {
    let catalog = try await world()
    note(catalog, "e", 1)
    var watch = try ReadingsWatch(catalog, startRevision: catalog.view.head)
    #expect(watch.pull(at: 0) == ["SYNCED"])
    #expect(watch.pull(at: 5) == ["a=1", "c=1"])
    #expect(watch.pull(at: 10) == [])
  }

  @Test
  func `a watcher gets only the readings of its namespace and its filter`() async throws {
    let catalog = try await world()
    try await catalog.record([observed("g", ["d"], namespace: "team")], at: moment(2))
    var team = try ReadingsWatch(catalog, namespace: "team")
    var filtered = try ReadingsWatch(catalog, filter: "total_replicas = 1 AND NOT id = d")
    _ = (team.pull(at: 0), filtered.pull(at: 0))
    for (place, engine) in ["e", "f", "g"].enumerated() { note(catalog, engine, Double(place + 1)) }
    #expect(team.pull(at: 5) == ["d=3"])
    #expect(filtered.pull(at: 5) == ["a=1", "b=2"])
  }

  @Test
  func `a watcher gets no readings of a model that it does not know: not before SYNCED, not after REMOVED`()
    async throws
  {
    let catalog = try await world(shape: tinyShape)
    var watch = try ReadingsWatch(catalog)
    note(catalog, "e", 1)
    // The interval is over before the list is.
    #expect(watch.step(at: 6) == "ADDED a")
    note(catalog, "e", 2)
    note(catalog, "f", 2)
    #expect(watch.step(at: 7) == "ADDED b")
    #expect(watch.step(at: 7) == "ADDED c")
    #expect(watch.step(at: 7) == "SYNCED")
    // `a` was listed before e moved; the others came with their readings.
    #expect(watch.step(at: 7) == "a=2")
    #expect(watch.step(at: 7) == nil)
    note(catalog, "e", 3)
    note(catalog, "f", 4)
    #expect(watch.step(at: 12) == "a=3")
    // In the middle of a round `b` goes and `bb` comes: the change is sent first, and the round goes on behind `a`.
    try await catalog.record([observed("f", ["bb", "c"])], at: moment(3))
    let rest = watch.pull(at: 12)
    #expect(rest.prefix(2).sorted() == ["ADDED bb", "REMOVED b"])
    #expect(rest.dropFirst(2) == ["bb=4", "c=7"])
  }

  @Test
  func `a watcher that is late for an interval gets the latest values, at most once per interval`() async throws {
    let catalog = try await world()
    var watch = try ReadingsWatch(catalog)
    _ = watch.pull(at: 0)
    note(catalog, "e", 1)
    note(catalog, "f", 1)
    #expect(watch.step(at: 5) == "a=1")
    // It takes nothing for some intervals.
    for running in 2...9 { note(catalog, "e", Double(running)) }
    #expect(watch.step(at: 13) == "b=1")
    #expect(watch.step(at: 13) == "c=10")
    // The round ended in the interval from 10 s to 15 s, which has had what it can have of `b` and `c`.
    #expect(watch.step(at: 14.9) == nil)
    #expect(watch.pull(at: 15) == ["a=9"])
    #expect(watch.pull(at: 20) == [])
  }

  @Test(arguments: 0..<8)
  func `a watcher misses no readings and gets none twice, whatever changes during its rounds`(_ seed: UInt64)
    async throws
  {
    var generator = SeededGenerator(seed: seed)
    let catalog = try makeCatalog(shape: tinyShape)
    let engines = (0..<12).map { "e\($0)" }
    var models: [String: [String]] = [:]
    func serve(_ engine: String) async throws {
      models[engine] = (0..<3).map { _ in "m\(Int.random(in: 0..<30, using: &generator))" }
      try await catalog.record([observed(engine, Array(Set(models[engine]!)))], at: moment(1))
    }
    for engine in engines { try await serve(engine) }
    var watch = try ReadingsWatch(catalog)
    /// What the watcher knows.
    var told: [String: String] = [:]
    var sent: [String: Int] = [:]
    func take(_ word: String, interval: Int) {
      let words = word.split(separator: " ").map(String.init)
      if words.count == 2 {
        // ADDED and MODIFIED carry the present readings.
        told[words[1]] = words[0] == "REMOVED" ? nil : "?"
      } else if let equals = word.firstIndex(of: "=") {
        let id = String(word[..<equals])
        #expect(told[id] != nil, "READINGS of \(id), which the watcher does not know")
        #expect(sent[id] != interval, "two READINGS of \(id) in one interval")
        sent[id] = interval
        told[id] = String(word[word.index(after: equals)...])
      }
    }
    var now = 0.0
    var running = 0.0
    while let word = watch.step(at: now) { take(word, interval: 0) }
    for _ in 0..<400 {
      now += Double.random(in: 0..<1.5, using: &generator)
      for _ in 0..<Int.random(in: 0..<4, using: &generator) {
        running += 1
        note(catalog, engines.randomElement(using: &generator)!, running)
      }
      if Int.random(in: 0..<6, using: &generator) == 0 { try await serve(engines.randomElement(using: &generator)!) }
      for _ in 0..<Int.random(in: 0..<12, using: &generator) {
        guard let word = watch.step(at: now) else { break }
        take(word, interval: Int(now / 5))
      }
    }
    // Nothing moves any more: after two rounds the watcher knows everything, and then it receives nothing.
    for round in 1...2 {
      for word in watch.pull(at: now + 5 * Double(round)) { take(word, interval: Int(now / 5) + round) }
    }
    let lookup = catalog.readings.lookup
    for ref in catalog.view.snapshot.refs(namespace: nil, sight: .all) {
      let truth = lookup.readings(of: ref.model)?.runningRequests.map { "\(Int($0))" }
      let known = told[ref.key.id]
      #expect(known == truth || known == "?", "\(ref.key.id)")
    }
    #expect(told.count == catalog.view.snapshot.count)
    #expect(watch.pull(at: now + 15).filter { $0 != "SYNCED" } == [])
  }
}
