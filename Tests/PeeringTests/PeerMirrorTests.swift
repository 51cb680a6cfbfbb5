import Catalog
import TestKit
import Testing
import Wire

@testable import Fleet
@testable import Peering

@Suite("The mirror of a peer")
struct PeerMirrorTests {
  func event(
    _ kind: EventKind, _ id: String = "", revision: Int64 = 0, replicas: [Replica] = [], observed: Bool = false
  ) -> WatchEvent {
    let key = ModelKey(namespace: "default", id: id)
    var told: [String: ReplicaReading] = [:]
    for replica in replicas where observed {
      var readings = Readings(takenAt: Timestamp(microseconds: 9))
      readings.runningRequests = 3
      told[replica.engineID] = ReplicaReading(observedAt: Timestamp(microseconds: 9), readings: readings)
    }
    switch kind {
    case .added, .modified:
      let model = Model(
        key: key, state: .ready, created: Timestamp(microseconds: 1), labels: ["tier": "gold"], replicas: replicas)
      return WatchEvent(kind: kind, key: key, model: ModelMessage(model: model), revision: revision)
    case .readings:
      return WatchEvent(kind: kind, key: key, readings: ReadingsMessage(replicas: told), revision: 0)
    case .removed: return WatchEvent(kind: kind, key: key, revision: revision)
    case .synced, .reset: return WatchEvent(kind: kind, revision: revision)
    }
  }

  func replica(
    _ engine: String, _ state: ModelState = .ready, cluster: String = "", via: [String] = []
  ) -> Replica {
    Replica(
      engineID: engine, endpoint: "http://\(engine):1", engineKind: "vllm", cluster: cluster,
      condition: Condition(state: state, changedAt: Timestamp(microseconds: 5)), root: "/m", via: via)
  }

  func mirror(_ events: [WatchEvent]) -> PeerMirror {
    var mirror = PeerMirror(cluster: "west", home: "home")
    mirror.begin()
    for event in events { _ = mirror.take(event) }
    return mirror
  }

  @Test func `a peer's engines are those behind its models`() throws {
    var mirror = mirror([
      event(.added, "a", replicas: [replica("e1"), replica("e2", .failed)]),
      event(.added, "b", replicas: [replica("e1")]),
      event(.synced, revision: 7),
    ])
    #expect(mirror.isSynced && mirror.revision == 7)
    let answer = mirror.answer(from: SourceID(.peer, "west"))
    #expect(answer.unprobed.map(\.facts.id) == ["west/e1", "west/e2"])
    let first = answer.unprobed[0]
    #expect(first.facts.cluster == "west" && first.facts.via == ["west"] && first.facts.kind == "vllm")
    #expect(first.models?.map(\.modelID) == ["a", "b"] && first.models?[0].labels == ["tier": "gold"])
    #expect(answer.unprobed[1].facts.condition.state == .failed)
    #expect(answer.parts[0].trust == .reported && answer.ended.isEmpty)
  }

  @Test func `a peer's engines come with their path and never from this server`() {
    var mirror = mirror([
      event(
        .added, "a",
        replicas: [
          replica("east/e", cluster: "east", via: ["east"]), replica("home/e", cluster: "home", via: ["home"]),
          replica("far/e", cluster: "far", via: ["far", "home"]), replica("k2/e", cluster: "k2"),
        ]), event(.synced, revision: 1),
    ])
    let told = mirror.answer(from: SourceID(.peer, "p")).unprobed
    #expect(told.map(\.facts.id) == ["east/e", "west/k2/e"])
    #expect(told.map(\.facts.via) == [["east", "west"], ["west"]])
  }

  @Test func `an engine that a change removes has ended, and an engine that a list omits has not`() {
    var mirror = mirror([
      event(.added, "a", replicas: [replica("e1")]), event(.added, "b", replicas: [replica("e2")]),
      event(.synced, revision: 1),
    ])
    _ = mirror.answer(from: SourceID(.peer, "p"))
    let isNews = mirror.take(event(.removed, "b", revision: 2))
    #expect(isNews)
    let changed = mirror.answer(from: SourceID(.peer, "p"))
    #expect(changed.ended == ["west/e2"])
    mirror.begin()
    _ = mirror.take(event(.reset))
    let isListed = mirror.take(event(.synced, revision: 3))
    #expect(isListed)
    let answer = mirror.answer(from: SourceID(.peer, "p"))
    #expect(answer.unprobed.isEmpty && answer.ended.isEmpty)
  }

  @Test func `a peer's list that is cut short begins anew`() {
    var mirror = mirror([event(.added, "a", replicas: [replica("e1")])])
    #expect(!mirror.isSynced)
    mirror.begin()
    #expect(mirror.revision == 0)
    _ = mirror.take(event(.added, "b", replicas: [replica("e2")]))
    _ = mirror.take(event(.synced, revision: 4))
    let whole = mirror.answer(from: SourceID(.peer, "p"))
    #expect(whole.unprobed.map(\.facts.id) == ["west/e2"])
    mirror.begin()
    #expect(mirror.revision == 4 && !mirror.isSynced, "it goes on where it was")
    let isEarly = mirror.take(event(.removed, "b", revision: 5))
    #expect(!isEarly)
    let isNews = mirror.take(event(.synced, revision: 5))
    #expect(isNews)
    let empty = mirror.answer(from: SourceID(.peer, "p"))
    #expect(empty.unprobed.isEmpty)
  }

  @Test(arguments: [0, 1, 2])
  func `a watch that is cut between RESET and SYNCED begins anew, and loses no model`(events: Int) {
    var mirror = mirror([
      event(.added, "a", replicas: [replica("e1")]), event(.added, "b", replicas: [replica("e2")]),
      event(.synced, revision: 7),
    ])
    _ = mirror.answer(from: SourceID(.peer, "p"))
    let isNews = mirror.take(event(.reset))
    #expect(!isNews && mirror.revision == 0)
    let list = [
      event(.added, "a", replicas: [replica("e1")]), event(.modified, "a", revision: 9, replicas: [replica("e1")]),
    ]
    for event in list.prefix(events) {
      _ = mirror.take(event)
      #expect(mirror.revision == 0, "within a list a revision does not count")
    }
    mirror.begin()
    #expect(mirror.revision == 0 && !mirror.isSynced)
    for event in [
      event(.added, "a", replicas: [replica("e1")]), event(.added, "b", replicas: [replica("e2")]),
      event(.synced, revision: 9),
    ] { _ = mirror.take(event) }
    #expect(mirror.revision == 9)
    let answer = mirror.answer(from: SourceID(.peer, "p"))
    #expect(answer.unprobed.map(\.facts.id) == ["west/e1", "west/e2"] && answer.ended.isEmpty)
  }

  @Test func `a replica comes with its readings`() throws {
    var mirror = mirror([event(.added, "a", replicas: [replica("e1")]), event(.synced, revision: 1)])
    _ = mirror.take(event(.readings, "a", replicas: [replica("e1")], observed: true))
    let answer = mirror.answer(from: SourceID(.peer, "p"))
    let told = try #require(answer.unprobed.first)
    #expect(told.observedAt == Timestamp(microseconds: 9))
    #expect(told.load?.models["a"]?.readings?.runningRequests == 3)
  }

  @Test func `the models of one engine may have different states`() throws {
    var mirror = mirror([
      event(.added, "a", replicas: [replica("e1")]), event(.added, "b", replicas: [replica("e1", .cold)]),
      event(.synced, revision: 1),
    ])
    let answer = mirror.answer(from: SourceID(.peer, "p"))
    let told = try #require(answer.unprobed.first)
    #expect(told.facts.condition.state == .ready)
    #expect(told.models?.map { $0.condition?.state } == [.ready, .cold])
  }
}
