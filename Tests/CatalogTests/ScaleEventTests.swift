import Testing

@testable import Catalog

@Suite("Scale events")
struct ScaleEventTests {
  func replica(_ engine: String, _ state: ModelState = .ready, reason: String = "", endpoint: String = "http://e")
    -> Replica
  {
    Replica(
      engineID: engine, endpoint: endpoint,
      condition: Condition(state: state, reason: reason, changedAt: Timestamp(microseconds: 1)))
  }

  func model(_ id: String, _ replicas: [Replica]) -> Model? {
    guard !replicas.isEmpty else { return nil }
    return Model(
      key: ModelKey(namespace: "default", id: id), state: .ready, created: Timestamp(microseconds: 1),
      totalReplicas: replicas.count { !$0.isScaledToZero }, replicas: replicas)
  }

  /// A history of one model per revision, from nothing on.
  func view(_ steps: [(id: String, replicas: [Replica])]) -> CatalogView {
    var history = HistoryRing(after: RevisionMark(revision: 0, time: Timestamp(microseconds: 0)))
    var known: [String: Model] = [:]
    for (index, step) in steps.enumerated() {
      let (before, after) = (known[step.id], model(step.id, step.replicas))
      known[step.id] = after
      let revision = Int64(index + 1)
      let event = RingEvent(
        kind: before == nil ? .added : after == nil ? .removed : .modified,
        key: ModelKey(namespace: "default", id: step.id), before: before, after: after,
        encoded: EncodedEvent(framed: [], sse: []), revision: revision, resumeRevision: revision)
      let mark = RevisionMark(revision: revision, time: Timestamp(microseconds: revision * 10))
      history.append(mark, uptime: nil, events: [event])
    }
    return CatalogView(
      snapshot: Snapshot(revision: Int64(steps.count), leaves: [], shape: .standard), history: history, canList: true,
      isReady: true)
  }

  let cold = Replica(
    engineID: "d", endpoint: "",
    condition: Condition(state: .cold, reason: "Deployment d is scaled to 0", changedAt: Timestamp(microseconds: 1)))

  @Test func `scale events go up, down, to zero and from zero`() {
    let view = view([
      ("m", [replica("a", .loading, reason: "pod is Pending")]),
      ("m", [replica("a")]),
      ("m", [replica("a"), replica("b")]),
      ("m", [replica("a"), replica("b", .draining, reason: "pod is terminating")]),
      ("m", [replica("a")]),
      ("m", [cold]),
      ("m", [replica("c")]),
      ("m", []),
    ])
    let (events, hasMore) = view.scaleEvents(limit: 100)
    #expect(!hasMore)
    #expect(events.map(\.kind) == [.toZero, .fromZero, .toZero, .down, .up, .fromZero])
    #expect(events.map(\.revision) == [8, 7, 6, 5, 3, 1])
    #expect(events.map(\.time.microseconds) == [80, 70, 60, 50, 30, 10])
    #expect(events.map { "\($0.from)>\($0.to)" } == ["1>0", "0>1", "1>0", "2>1", "1>2", "0>1"])
    #expect(events[2].reason == "Deployment d is scaled to 0; gone: a (READY)")
    #expect(events[3].reason == "gone: b (DRAINING: pod is terminating)")
    #expect(events[5].reason == "new: a (LOADING: pod is Pending)")
  }

  @Test func `scale events come in pages, and of one model`() {
    let view = view((1...9).map { ("m\($0 % 3)", (0..<$0).map { replica("e\($0)") }) })
    var pages: [[Int64]] = []
    var mark: ScaleEvent.Mark?
    while true {
      let (events, hasMore) = view.scaleEvents(after: mark, limit: 4)
      pages.append(events.map(\.revision))
      guard hasMore else { break }
      mark = events.last?.mark
    }
    #expect(pages == [[9, 8, 7, 6], [5, 4, 3, 2], [1]])
    #expect(view.scaleEvents(id: "m1", limit: 9).events.map(\.revision) == [7, 4, 1])
    #expect(view.scaleEvents(namespace: "other", limit: 9).events.isEmpty)
  }

  @Test func `a scale event names at most eight engines`() {
    let view = view([("m", (0..<20).map { replica("e\($0)") })])
    #expect(view.scaleEvents(limit: 1).events.first?.reason.hasSuffix("e7 (READY) and 12 more") == true)
  }
}
