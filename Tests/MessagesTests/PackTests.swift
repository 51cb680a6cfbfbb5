import CMessages
import Messages
import Testing

@Suite("A packed message")
struct PackTests {
  @Test
  func `a packed message has the bytes of the format`() {
    let bytes = pack(Rollcall__V1__GetModelRequest.self) { draft in
      draft.fields.namespace_ = draft.text("ns")
      draft.fields.id = draft.text("a/b")
      draft.fields.at_revision = 300
    }
    #expect(bytes == [0x0A, 2, 0x6E, 0x73, 0x12, 3, 0x61, 0x2F, 0x62, 0x20, 0xAC, 0x02])
  }

  @Test
  func `a message without set fields packs to nothing`() throws {
    let bytes = pack(Rollcall__V1__Model.self) { draft in draft.fields.id = draft.text("") }
    #expect(bytes.isEmpty)
    #expect(try withDecoded([], as: Rollcall__V1__Model.self) { $0.string { $0.id } } == "")
  }

  @Test(arguments: [0, 1, 127, 128, 70_000])
  func `a packed message has its header in front`(_ count: Int) {
    func packed(_ header: PackHeader) -> [UInt8] {
      pack(Google__Protobuf__Any.self, header: header) {
        $0.fields.value = $0.bytes([UInt8](repeating: 7, count: count))
      }
    }
    let plain = packed(.none)
    #expect(packed(.field(1)) == WireBuilder().string(1, plain).bytes)
    #expect(packed(.field(16)) == WireBuilder().string(16, plain).bytes)
    let size = UInt32(plain.count)
    #expect(
      packed(.frame) == [0, UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255)]
        + plain)
  }

  @Test
  func `a packed message holds lists longer than the arena's first block`() throws {
    let names = (0..<10_000).map { "service-\($0)" }
    let bytes = pack(Grpc__Reflection__V1__ListServiceResponse.self) { draft in
      draft.fields.n_service = names.count
      draft.fields.service = draft.messages(names) { $0.fields.name = $0.text($1) }
    }
    let limits = WireLimits.response
    let back = try withDecoded(bytes[...], as: Grpc__Reflection__V1__ListServiceResponse.self, limits: limits) {
      $0.messages({ ($0.service, $0.n_service) }) { $0.string { $0.name } }
    }
    #expect(back == names)
  }

  @Test
  func `a packed message keeps unknown fields`() throws {
    let bytes = WireBuilder().string(2, "id").varint(200, 5).string(201, [0, 1]).bytes
    #expect(try withDecoded(bytes[...], as: Rollcall__V1__GetModelRequest.self) { $0.packed() } == bytes)
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 1 << 62, .max] as [UInt64])
  func `a varint has the computed size`(_ value: UInt64) {
    var bytes = [UInt8]()
    bytes.appendVarint(value)
    #expect(bytes.count == varintSize(value))
  }
}
