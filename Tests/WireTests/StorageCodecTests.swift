import CMessages
import Catalog
import Messages
import Testing
import Wire

@Suite struct StorageCodecTests {
  let codec = StorageCodec()
  let condition = Condition(state: .unreachable, reason: "timed out", changedAt: Timestamp(microseconds: -5))

  @Test func `a stored record of an engine is decoded as it was encoded`() {
    let facts = EngineFacts(
      id: "http://10.0.0.1:8000", endpoint: "http://gpu-1:8000", kind: "vllm", version: "0.9.1", namespace: "team-a",
      cluster: "eu", labels: ["b": "2", "a": "1", "": ""], condition: condition)
    #expect(codec.decodeEngine(codec.encode(facts)) == facts)
    var shuffled = facts
    shuffled.labels = Dictionary(uniqueKeysWithValues: facts.labels.shuffled())
    #expect(codec.encode(shuffled) == codec.encode(facts))
  }

  @Test func `a stored record of a replica is decoded as it was encoded, with and without its own state`() {
    var facts = ReplicaFacts(
      modelID: "m", kind: .adapter, ownedBy: "vllm", root: "/lora", parent: "base", version: "1", maxModelLen: 4096)
    #expect(codec.decodeReplica(codec.encode(facts)) == facts)
    facts.condition = condition
    #expect(codec.decodeReplica(codec.encode(facts)) == facts)
  }

  @Test(arguments: [0, 1, -1, .max, .min] as [Int64])
  func `a stored record of a first sight is decoded as it was encoded`(_ microseconds: Int64) {
    var facts = SeenFacts(created: Timestamp(microseconds: microseconds))
    #expect(codec.decodeSeen(codec.encode(facts)) == facts)
    facts.gone = Timestamp(microseconds: 7)
    #expect(codec.decodeSeen(codec.encode(facts)) == facts)
  }

  @Test func `stored records of labels and of a version are decoded as they were encoded`() {
    for labels in [[:], ["a": ""], ["tier": "gold", "team/é": "x=y"]] {
      #expect(codec.decodeLabels(codec.encode(labels: labels)) == labels)
    }
    for version in [0, 1, 77] {
      #expect(codec.decodeDeriveVersion(codec.encode(deriveVersion: version)) == version)
    }
  }

  @Test func `a stored record of a registration is decoded as it was encoded`() {
    let bare = Registration(leaseID: "a", url: "http://a:1")
    let full = Registration(
      leaseID: "b-2", namespace: "team", url: "https://h/p", kind: "vllm", engineID: "gpu-1", cluster: "eu",
      labels: ["a": "1", "ü": ""], keyEnv: "E", keyFile: "/f",
      options: ["list": "/v3/models", "ü": ""], ttl: .milliseconds(86_399_999))
    for registration in [bare, full] {
      #expect(codec.decodeRegistration(codec.encode(registration)) == registration)
    }
  }

  @Test(arguments: [[0xFF], [0x0A, 0x05], [0x0A, 0x01, 0xFF]] as [[UInt8]])
  func `bytes that are not a record are refused`(_ bytes: [UInt8]) {
    #expect(codec.decodeEngine(bytes) == nil)
    #expect(codec.decodeReplica(bytes) == nil)
    #expect(codec.decodeSeen([0x0A, 0x00]) == nil)
    #expect(codec.decodeLabels([0x08, 0x00]) == nil)
    #expect(codec.decodeDeriveVersion([0x0A, 0x00]) == nil)
  }

  @Test(arguments: [-1, 8, 256, 257] as [Int32])
  func `a stored record with an unknown state or kind is refused`(_ number: Int32) {
    let engine = pack(Rollcall__Storage__V1__EngineRecord.self) { $0.fields.state = number }
    #expect(codec.decodeEngine(engine) == nil)
    #expect(codec.decodeEngine([]) == nil)
    let state = pack(Rollcall__Storage__V1__ReplicaRecord.self) { draft in
      draft.fields.kind = 1
      draft.fields.state = number
    }
    #expect(codec.decodeReplica(state) == nil)
    #expect(codec.decodeReplica(pack(Rollcall__Storage__V1__ReplicaRecord.self) { $0.fields.kind = number }) == nil)
  }

  @Test func `claims are the same after a round trip, with and without what is optional`() {
    var full = EngineClaim(
      sourceKind: "kubernetes", sourceName: "prod", part: "team-a", id: "e", omittedMinutes: 0, isProbed: true)
    (full.kind, full.keyEnv, full.keyFile, full.hasLiteralKey) = ("vllm", "KEY", "/key", true)
    (full.isDraining, full.hintCause, full.hint) = (true, .starting, "the pod starts")
    (full.workload, full.modelVersion, full.timeout) = ("team-a/w", "1", .milliseconds(1_500))
    full.options = ["list": "/v3/models", "insecure": "true", "ü": ""]
    let plain = EngineClaim(sourceKind: "static", sourceName: "", part: "", id: "e", isProbed: false)
    #expect(codec.decodeClaims(codec.encode(claims: [full, plain])) == [full, plain])
  }
}
