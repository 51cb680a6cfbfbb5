import Catalog
import GRPC
import HTTP
import HTTPTypes
import Testing
import Wire

@testable import Services

@Suite struct WatchSlotsTests {
  private static func caller(_ peer: UInt64, _ connection: UInt64 = 1) -> Caller {
    Caller(peerID: peer, connectionID: connection)
  }

  private static func counts(_ values: [Limit: Int]) -> LimitCounts {
    var limits = Limits()
    for (limit, value) in values { limits[limit] = value }
    return LimitCounts(limits)
  }

  /// The limit that refuses a watch; nil when the watch gets its slot.
  private static func refusal(
    _ slots: WatchSlots, _ caller: Caller, kind: WatchSlot.Kind = .grpc, textBytes: Int = 0
  ) -> Limit? {
    do throws(ReadError) {
      _ = try slots.take(kind, for: caller, textBytes: textBytes)
      return nil
    } catch {
      guard case .limitReached(let limit, _) = error else { return nil }
      return limit
    }
  }

  @Test func `the slots are limited over all protocols together`() throws {
    let counts = Self.counts([.watches: 2])
    let slots = WatchSlots(counts)
    let first = try slots.take(.grpc, for: Self.caller(1))
    let second = try slots.take(.sse, for: Self.caller(2))
    #expect(Self.refusal(slots, Self.caller(3)) == .watches)
    #expect(slots.running.count == 2)
    slots.release(second)
    slots.release(second)
    let third = try slots.take(.health, for: Self.caller(1))
    #expect(Self.refusal(slots, Self.caller(3), kind: .sse) == .watches)
    #expect(Set(slots.running.map(ObjectIdentifier.init)) == [ObjectIdentifier(first), ObjectIdentifier(third)])
    #expect(counts[.watches] == 2)
  }

  @Test func `one peer does not take the slots of others`() throws {
    let counts = Self.counts([.watchesPerPeer: 2])
    let slots = WatchSlots(counts)
    let first = try slots.take(.grpc, for: Self.caller(1, 1))
    _ = try slots.take(.health, for: Self.caller(1, 2))
    #expect(Self.refusal(slots, Self.caller(1, 3)) == .watchesPerPeer)
    #expect(Self.refusal(slots, Self.caller(2, 4)) == nil)
    slots.release(first)
    #expect(Self.refusal(slots, Self.caller(1, 3)) == nil)
    #expect(counts[.watchesPerPeer] == 1)
  }

  @Test func `a peer that is exempt has no limit of its own`() {
    let slots = WatchSlots(Self.counts([.watchesPerPeer: 1, .watchesPerConnection: 3]))
    for _ in 0..<3 { #expect(Self.refusal(slots, Self.caller(0)) == nil) }
    #expect(Self.refusal(slots, Self.caller(0)) == .watchesPerConnection)
    #expect(Self.refusal(slots, Self.caller(0, 2)) == nil)
  }

  @Test func `one connection has a limit of its own`() throws {
    let slots = WatchSlots(Self.counts([.watchesPerConnection: 1]))
    let slot = try slots.take(.sse, for: Self.caller(1, 7))
    #expect(Self.refusal(slots, Self.caller(1, 7)) == .watchesPerConnection)
    #expect(Self.refusal(slots, Self.caller(1, 8)) == nil)
    slots.release(slot)
    #expect(Self.refusal(slots, Self.caller(1, 7)) == nil)
  }

  @Test func `the texts that watches hold are bounded together`() throws {
    let slots = WatchSlots(Self.counts([.watchTextBytes: 10]))
    let slot = try slots.take(.grpc, for: Self.caller(1), textBytes: 7)
    #expect(Self.refusal(slots, Self.caller(2), textBytes: 4) == .watchTextBytes)
    #expect(Self.refusal(slots, Self.caller(2), textBytes: 3) == nil)
    #expect(slots.textBytes == 10)
    slots.release(slot)
    #expect(slots.textBytes == 3)
    #expect(Self.refusal(slots, Self.caller(2), textBytes: 7) == nil)
  }

  @Test(arguments: [Limit.watches, .watchesPerPeer, .watchesPerConnection, .watchTextBytes])
  func `a refused watch leaves nothing taken, and nothing stays when the others end`(limit: Limit) throws {
    let counts = Self.counts([limit: limit == .watchTextBytes ? 5 : 1])
    let slots = WatchSlots(counts)
    let slot = try slots.take(.grpc, for: Self.caller(1), textBytes: 5)
    for number in 1...3 { #expect(Self.refusal(slots, Self.caller(1), textBytes: number) == limit) }
    #expect(counts[limit] == 3)
    #expect(slots.running.count == 1 && slots.textBytes == 5 && slots.callerCount == 2)
    slots.release(slot)
    #expect(slots.running.isEmpty && slots.textBytes == 0 && slots.callerCount == 0)
    #expect(Self.refusal(slots, Self.caller(1), textBytes: 5) == nil)
  }
}

@Suite struct WatchLimitTests {
  private static func watch(_ fixture: Fixture, _ path: String, _ request: [UInt8]) throws -> (
    stream: any StreamHandler, status: Status?
  ) {
    let stream = try fixture.open(path)
    return (stream, stream.received(request[...]))
  }

  private static func model(_ fixture: Fixture) throws -> (stream: any StreamHandler, status: Status?) {
    try watch(fixture, "/rollcall.v1.ModelCatalog/WatchModels", WatchRequest().encode())
  }

  private static func health(
    _ fixture: Fixture, _ service: String = ""
  ) throws -> (stream: any StreamHandler, status: Status?) {
    try watch(fixture, "/grpc.health.v1.Health/Watch", HealthMessages.encodeCheck(service: service))
  }

  @Test func `watches of models, of health and over SSE share the limit of their peer`() throws {
    let fixture = try Fixture(limits: [.watchesPerPeer: 2])
    let (models, health) = (try Self.model(fixture), try Self.health(fixture))
    #expect(models.status == nil && health.status == nil)
    let refused = fixture.get("/v1/models?watch=true")
    #expect(refused.status == .serviceUnavailable && refused.fields[.retryAfter] == "5")
    #expect(text(refused).contains("watches-per-peer"))
    for status in [try Self.model(fixture).status, try Self.health(fixture).status] {
      #expect(status?.code == .resourceExhausted)
      #expect(status?.info == ErrorInfo(reason: "TOO_MANY_WATCHES", metadata: ["limit": "watches-per-peer"]))
    }
    #expect(fixture.environment.limits[.watchesPerPeer] == 3)
    health.stream.closed()
    health.stream.closed()
    #expect(try Self.model(fixture).status == nil)
    #expect(fixture.environment.slots.running.count == 2)
  }

  @Test func `a long text counts as long as its watch is open`() throws {
    let fixture = try Fixture(limits: [.watchTextBytes: 300])
    var request = WatchRequest()
    request.filter = "id = \"" + String(repeating: "x", count: 200) + "\""
    let path = "/rollcall.v1.ModelCatalog/WatchModels"
    let first = try Self.watch(fixture, path, request.encode())
    #expect(first.status == nil)
    #expect(try Self.watch(fixture, path, request.encode()).status?.info?.metadata == ["limit": "watch-text-bytes"])
    #expect(try Self.model(fixture).status == nil)
    first.stream.closed()
    #expect(try Self.watch(fixture, path, request.encode()).status == nil)
  }

  @Test func `health of a name that no service can have is not watched`() throws {
    let fixture = try Fixture()
    let known = try Self.health(fixture, String(repeating: "s", count: 256))
    #expect(known.status == nil)
    let long = try Self.health(fixture, String(repeating: "s", count: 1_000_000))
    #expect(long.status?.code == .invalidArgument)
    #expect(long.status?.message == "service: is longer than 256 bytes")
    #expect(fixture.environment.slots.running.count == 1)
    long.stream.closed()
    #expect(fixture.environment.slots.textBytes == 256)
  }

  @Test func `metrics show watches of health, and the limits that clients met`() throws {
    let fixture = try Fixture(limits: [.watches: 1])
    fixture.metrics.add(fixture.environment.limits)
    _ = try Self.health(fixture)
    _ = try Self.model(fixture)
    let metrics = text(fixture.get("/metrics"))
    #expect(metrics.contains("rollcall_watchers{protocol=\"health\"} 1"))
    #expect(metrics.contains("rollcall_limit{limit=\"watches\"} 1"))
    #expect(metrics.contains("rollcall_limit_reached_total{limit=\"watches\"} 1"))
  }
}
