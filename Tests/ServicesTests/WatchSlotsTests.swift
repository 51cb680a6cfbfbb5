import Testing

@testable import Services

@Suite struct WatchSlotsTests {
  @Test func `the slots are limited over all protocols together`() throws {
    let slots = WatchSlots(limit: 2)
    let first = try #require(slots.take(.grpc))
    let second = try #require(slots.take(.sse))
    #expect(slots.take(.grpc) == nil)
    #expect(slots.running.count == 2)
    slots.release(second)
    slots.release(second)
    let third = try #require(slots.take(.grpc))
    #expect(slots.take(.sse) == nil)
    #expect(Set(slots.running.map(ObjectIdentifier.init)) == [ObjectIdentifier(first), ObjectIdentifier(third)])
  }
}
