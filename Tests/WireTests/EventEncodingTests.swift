import CMessages
import Catalog
import GRPC
import Messages
import Testing
import Wire

@Suite struct EventEncodingTests {
  let encoder = WireModelEncoder()
  let revision: Int64 = 1_735_689_600_000_007

  private func event(_ kind: EventKind, _ model: Model?, _ revision: Int64) -> EncodedEvent {
    let encoded = kind == .added || kind == .modified ? model.map(encoder.encode) : nil
    return encoder.encode(kind, encoded, key: model?.key, revision: revision)
  }

  @Test(
    arguments: EventKind.allCases.filter { $0 != .readings },
    [0, 1_735_689_600_000_007, -1] as [Int64])
  func `a watch event is framed as protobuf-c packs it`(_ kind: EventKind, _ revision: Int64) throws {
    let model = kind == .synced || kind == .reset ? nil : Samples.full
    let bytes = event(kind, model, revision).framed
    let repacked = try withDecoded(bytes[5...], as: Rollcall__V1__WatchModelsResponse.self) { $0.packed() }
    #expect(bytes == framed(repacked))
    let decoded = try #require(try WatchEvent.decode(bytes[5...]))
    #expect(decoded.kind == kind)
    #expect(decoded.key == model?.key)
    #expect(decoded.revision == revision)
    #expect((decoded.model != nil) == (kind == .added || kind == .modified))
  }

  @Test func `a watch event joins others in one buffer`() {
    let packed = FullEncoder().encode(Samples.full) { _ in nil }[...]
    var bytes = WatchFrame.encode(.added, packed: packed, revision: 1)
    WatchFrame.append(.synced, packed: nil, revision: 2, to: &bytes)
    #expect(
      bytes == WatchFrame.encode(.added, packed: packed, revision: 1)
        + WatchFrame.encode(.synced, packed: nil, revision: 2))
  }

  @Test func `a watch event of an unknown type is left out`() throws {
    let later = pack(Rollcall__V1__WatchModelsResponse.self) { $0.fields.type = Rollcall__V1__WatchEventType(7) }
    #expect(try WatchEvent.decode(later[...]) == nil)
  }

  @Test func `a watch event is a server-sent event of three lines and an empty one`() {
    let event = event(.added, Samples.hostile, revision)
    let json = String(decoding: encoder.encode(Samples.hostile).json, as: UTF8.self)
    #expect(
      String(decoding: event.sse, as: UTF8.self)
        == "id: \(revision)\nevent: ADDED\ndata: {\"type\":\"ADDED\",\"revision\":\(revision),\"model\":\(json)}\n\n")
    #expect(event.sse.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count == 5)
    #expect(!event.sse.contains(UInt8(ascii: "\r")))
  }

  @Test func `a watch event without a revision has no id in its server-sent form`() {
    let text = String(decoding: event(.modified, Samples.bare, 0).sse, as: UTF8.self)
    #expect(text.hasPrefix("event: MODIFIED\ndata: {\"type\":\"MODIFIED\",\"revision\":0,\"model\":{\"id\":\"m\","))
  }

  @Test func `a watch event has only the key of a removed model, and SYNCED has no model`() {
    let removed = String(decoding: event(.removed, Samples.bare, 7).sse, as: UTF8.self)
    #expect(
      removed == """
        id: 7
        event: REMOVED
        data: {"type":"REMOVED","revision":7,"model":{"namespace":"default","id":"m"}}


        """)
    let synced = String(decoding: event(.synced, nil, 7).sse, as: UTF8.self)
    #expect(synced == "id: 7\nevent: SYNCED\ndata: {\"type\":\"SYNCED\",\"revision\":7}\n\n")
  }
}
