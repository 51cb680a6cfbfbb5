import HTTP
import Testing

@testable import Services

@Suite struct WatchSlotsTests {
  @Test func `no more than the limit are given, whatever the protocol`() {
    let slots = WatchSlots(limit: 2)
    #expect(slots.take(.grpc))
    #expect(slots.take(.sse))
    #expect(!slots.take(.grpc))
    #expect(slots.families().first?.samples.map(\.value) == [1, 1])
    slots.release(.sse)
    #expect(slots.take(.grpc))
    #expect(!slots.take(.sse))
    #expect(slots.families().first?.samples.map(\.value) == [2, 0])
  }
}
