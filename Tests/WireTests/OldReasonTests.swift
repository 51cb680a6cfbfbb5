import CMessages
import Catalog
import Messages
import Testing

@testable import Wire

@Suite struct OldReasonTests {
  private func stored(_ state: ModelState, _ reason: String) throws -> EngineFacts {
    let bytes = pack(Rollcall__Storage__V1__EngineRecord.self) { draft in
      draft.fields.engine_id = draft.text("e")
      draft.fields.state = Int32(state.rawValue)
      draft.fields.state_reason = draft.text(reason)
    }
    return try #require(StorageCodec().decodeEngine(bytes))
  }

  @Test(arguments: [
    (ModelState.ready, "", StateCause.none), (.cold, "asleep", .asleep), (.failed, "frozen: no token", .frozen),
    (.failed, "401: check the key", .keyRefused), (.failed, "the answer is not HTTP", .malformed),
    (.failed, "GET /health: 503", .unhealthy), (.unreachable, "connection refused", .connectionRefused),
    (.unreachable, "timed out", .timedOut), (.unreachable, "no route to the host", .noAnswer),
    (.unreachable, "peer west does not answer: timed out", .peerUnreachable), (.loading, "Loading model", .loading),
    (.loading, "pod is not Ready: x", .starting), (.failed, "pod: CrashLoopBackOff", .cannotStart),
    (.draining, "its source says that it ends", .ending), (.draining, "the server exits", .draining),
    (.cold, "Deployment d is scaled to 0", .scaledToZero),
  ])
  func `a record without a cause gets the cause of its text, and the text stays`(
    state: ModelState, reason: String, cause: StateCause
  ) throws {
    let facts = try stored(state, reason)
    #expect(facts.condition.cause == cause)
    #expect(facts.condition.reason == reason)
  }

  @Test(arguments: [
    ("", ""), ("connection refused", "connection refused"),
    ("source dns no longer names it, which is not believed yet", ""),
    (
      "x source dns no longer names it, which is not believed yet",
      "x source dns no longer names it, which is not believed yet"
    ),
    ("timed out; source dns no longer names it, which is not believed yet", "timed out"),
    ("x no longer names it, which is not believed yet", "x no longer names it, which is not believed yet"),
  ])
  func `a source's omission of an engine is no finding`(reason: String, own: String) throws {
    let facts = try stored(.unreachable, reason)
    #expect(facts.condition.reason == reason)
    #expect((facts.reasonParts?.finding ?? facts.condition.reason) == own)
    #expect((facts.reasonParts?.pendingRemoval ?? "") == (own == reason ? "" : "dns"))
  }

  @Test func `the finding of a probe and the hint of a source are separated`() throws {
    let facts = try stored(.loading, "Loading model; pod is not Ready: a; b")
    #expect(facts.reasonParts == ReasonParts(finding: "Loading model", hint: "pod is not Ready: a; b"))
  }

  @Test func `a new record has its cause and its parts, whatever its text`() {
    let codec = StorageCodec()
    var facts = EngineFacts(
      id: "e", endpoint: "", condition: Condition(state: .cold, cause: .none, changedAt: Timestamp(microseconds: 1)))
    facts.setReason(ReasonParts(finding: "asleep"))
    #expect(codec.decodeEngine(codec.encode(facts)) == facts)
    facts.setReason(ReasonParts(finding: "frozen: x", hint: "pod is old", pendingRemoval: "dns/a"))
    #expect(codec.decodeEngine(codec.encode(facts)) == facts)
    facts.setReason(ReasonParts(finding: "timed out", trouble: "too many files"))
    #expect(facts.condition.reason == "timed out; not probed: too many files")
    #expect(codec.decodeEngine(codec.encode(facts)) == facts)
    var replica = ReplicaFacts(modelID: "m")
    replica.condition = Condition(
      state: .cold, cause: .scaledToZero, reason: "asleep", changedAt: Timestamp(microseconds: 1))
    #expect(codec.decodeReplica(codec.encode(replica)) == replica)
  }

  @Test(arguments: [
    ("not probed: x", ReasonParts(trouble: "x")),
    ("timed out; not probed: x", ReasonParts(finding: "timed out", trouble: "x")),
    (
      "pod is not Ready: a; not probed: x; source dns no longer names it, which is not believed yet",
      ReasonParts(hint: "pod is not Ready: a", trouble: "x", pendingRemoval: "dns")
    ),
  ])
  func `a peer's trouble is no finding`(reason: String, parts: ReasonParts) {
    let condition = Condition(state: .unreachable, reason: reason, changedAt: Timestamp(microseconds: 1))
    #expect(OldReason.read(condition).parts == parts)
  }

  @Test func `another reason has no part of the previous reason`() {
    var facts = EngineFacts(
      id: "e", endpoint: "", condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 1)))
    facts.setReason(ReasonParts(pendingRemoval: "dns/a"))
    facts.condition = Condition(
      state: .unreachable, cause: .peerUnreachable, reason: "peer west does not answer",
      changedAt: Timestamp(microseconds: 2))
    #expect(facts.reasonParts == nil)
    #expect(StorageCodec().decodeEngine(StorageCodec().encode(facts)) == facts)
  }
}
