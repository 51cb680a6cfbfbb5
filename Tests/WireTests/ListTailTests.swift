import CMessages
import Catalog
import Messages
import Testing
import Wire

@Suite struct ListTailTests {
  let elements = Samples.all.flatMap { WireModelEncoder().encode($0).element }

  @Test func `a list from parts is the message that protobuf-c packs as a whole`() throws {
    let tail = ListTail.encode(
      nextPageToken: "token", totalSize: 12_345, revision: 1_735_689_600_000_007, unreachable: ["dns", "peer"],
      etag: "abc")
    let bytes = elements + tail
    let repacked = try withDecoded(bytes[...], as: Rollcall__V1__ListModelsResponse.self) { $0.packed() }
    #expect(repacked == bytes)
    let page = try ListPage.decode(bytes[...])
    #expect(page.models.map(\.model.key) == Samples.all.map(\.key))
    #expect(page.nextPageToken == "token")
    #expect(page.totalSize == 12_345)
    #expect(page.revision == 1_735_689_600_000_007)
    #expect(page.unreachable == ["dns", "peer"])
  }

  @Test func `a list from parts needs no tail when the tail is empty`() {
    #expect(ListTail.encode().isEmpty)
  }

  @Test func `a list from parts has the full elements of view FULL`() throws {
    let bytes = FullEncoder().encodeElement(Samples.full) { _ in nil }
    #expect(try ListPage.decode(bytes[...]).models == [ModelMessage(model: Samples.full)])
  }

  @Test func `a list of 10,000 models is decoded`() throws {
    var bytes = [UInt8]()
    for number in 0..<10_000 {
      var model = Samples.full
      model.key.id += "\(number)"
      bytes += WireModelEncoder().encode(model).element
    }
    #expect(try ListPage.decode(bytes[...]).models.count == 10_000)
  }

  @Test func `a list with a model of an unknown state is refused`() {
    let bytes = pack(Rollcall__V1__Model.self, header: .field(1)) { draft in
      draft.fields.kind = ROLLCALL__V1__MODEL_KIND__BASE
      draft.fields.state = Rollcall__V1__ModelState(99)
    }
    #expect(throws: MalformedMessage.self) { try ListPage.decode(bytes[...]) }
  }
}
