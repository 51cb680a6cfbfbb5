import CMessages
import Messages
import Testing

@Suite("The wire walker")
struct WireWalkerTests {
  @Test(arguments: [9, 100, 10_000])
  func `the wire walker refuses more levels than the limit, however many`(_ levels: Int) {
    // DescriptorProto.nested_type (3) is a DescriptorProto.
    var bytes = [UInt8]()
    for _ in 1..<levels { bytes = WireBuilder().string(3, bytes).bytes }
    let error = refusal(bytes, Google__Protobuf__DescriptorProto.self)
    #expect(error?.reason == .limit)
    #expect(error?.text == "nested deeper than 8 levels")
  }

  @Test
  func `the wire walker takes as many levels as the limit`() {
    var bytes = [UInt8]()
    for _ in 1..<8 { bytes = WireBuilder().string(3, bytes).bytes }
    #expect(refusal(bytes, Google__Protobuf__DescriptorProto.self) == nil)
  }

  @Test
  func `the wire walker comes back up from nested messages to the fields after them`() throws {
    let inner = WireBuilder().string(3, WireBuilder().string(1, "deep").bytes).string(1, "inner").bytes
    let bytes = WireBuilder().string(3, inner).string(3, []).string(1, "outer").bytes
    let names = try withDecoded(bytes[...], as: Google__Protobuf__DescriptorProto.self) { message in
      [message.string { $0.name }] + message.messages({ ($0.nested_type, $0.n_nested_type) }) { $0.string { $0.name } }
    }
    #expect(names == ["outer", "inner", ""])
    let truncated = WireBuilder().string(3, inner).bytes + [0x0A, 5, 0x61]
    #expect(refusal(truncated, Google__Protobuf__DescriptorProto.self)?.field == "name")
  }

  @Test(arguments: [WireLimits.request, .stored, .response])
  func `the wire walker refuses 4 MB of empty sub-messages`(_ limits: WireLimits) {
    var bytes: [UInt8] = [0x0A, 0x00]
    while bytes.count < 4 << 20 { bytes += bytes }
    #expect(refusal(bytes, Rollcall__V1__ListModelsResponse.self, limits: limits)?.reason == .limit)
  }

  @Test
  func `the wire walker counts unknown fields and packed elements too`() {
    let limits = WireLimits(depth: 2, fields: 10, memory: 1 << 20)
    let unknown = (0..<11).flatMap { _ in WireBuilder().varint(999, 1).bytes }
    #expect(refusal(unknown, Rollcall__V1__GetModelRequest.self, limits: limits)?.reason == .limit)
    let packed = WireBuilder().string(2, [UInt8](repeating: 1, count: 10)).bytes
    #expect(refusal(packed, Grpc__Reflection__V1__ExtensionNumberResponse.self, limits: limits)?.reason == .limit)
    let fewer = WireBuilder().string(2, [UInt8](repeating: 1, count: 9)).bytes
    #expect(refusal(fewer, Grpc__Reflection__V1__ExtensionNumberResponse.self, limits: limits) == nil)
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      Array("sixteen letters!".utf8) + [0x80], Array("ä".utf8) + [0xE2, 0x82],
    ] as [[UInt8]])
  func `the wire walker refuses text that is not UTF-8`(_ text: [UInt8]) {
    let error = refusal(WireBuilder().string(2, text).bytes, Rollcall__V1__GetModelRequest.self)
    #expect(error?.text == "text that is not UTF-8")
    #expect(error?.field == "id")
  }

  @Test(arguments: 0..<20)
  func `the wire walker refuses a NUL wherever it is in text`(_ index: Int) {
    for filler in ["a", "ä"] {
      var text = Array(String(repeating: filler, count: 20).utf8)
      text[index] = 0
      let error = refusal(WireBuilder().string(2, text).bytes, Rollcall__V1__GetModelRequest.self)
      #expect(error?.reason == .malformed)
      #expect(error?.field == "id")
    }
  }

  @Test
  func `the wire walker lets bytes fields and unknown fields hold anything`() {
    #expect(refusal(WireBuilder().string(2, [0, 0xFF]).bytes, Google__Protobuf__Any.self) == nil)
    #expect(refusal(WireBuilder().string(77, [0, 0xFF]).bytes, Rollcall__V1__GetModelRequest.self) == nil)
  }

  @Test(arguments: [0, 1, 5] as [UInt64])
  func `the wire walker refuses wire types that do not fit the field`(_ wireType: UInt64) {
    let bytes = WireBuilder().raw(2, wireType: wireType, [0, 0, 0, 0, 0, 0, 0, 0]).bytes
    let error = refusal(bytes, Rollcall__V1__GetModelRequest.self)
    #expect(error?.text == "wire type \(wireType) does not fit")
    #expect(error?.offset == 0)
  }

  @Test
  func `the wire walker refuses a string where a single number should be, and takes packed numbers`() {
    #expect(refusal(WireBuilder().string(3, [1]).bytes, Rollcall__V1__GetModelRequest.self)?.field == "view")
    for bytes in [WireBuilder().string(2, [1, 2, 0x80, 1]).bytes, WireBuilder().varint(2, 1).varint(2, 2).bytes] {
      #expect(refusal(bytes, Grpc__Reflection__V1__ExtensionNumberResponse.self) == nil)
    }
    let cut = WireBuilder().string(2, [1, 0x80]).bytes
    #expect(refusal(cut, Grpc__Reflection__V1__ExtensionNumberResponse.self)?.reason == .malformed)
  }

  @Test(arguments: [3, 4, 6, 7] as [UInt64])
  func `the wire walker refuses groups and wire types that do not exist, in any field`(_ wireType: UInt64) {
    for field in [2, 500] {
      let bytes = WireBuilder().raw(field, wireType: wireType).bytes
      #expect(refusal(bytes, Rollcall__V1__GetModelRequest.self)?.reason == .malformed)
    }
  }

  @Test(
    arguments: [
      [0x00], [0x02, 0x00], [0x80], [0x08], [0x12, 0x05, 0x61],
      // A length of 2^63, and one of 2^64 - 1.
      [0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
      [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      // Eleven bytes; ten with bits past the 64th.
      [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
      // A tag of more than 32 bits.
      [0x90, 0x80, 0x80, 0x80, 0x10, 0x00],
    ] as [[UInt8]])
  func `the wire walker refuses impossible tags, lengths and varints`(_ bytes: [UInt8]) {
    #expect(refusal(bytes, Rollcall__V1__GetModelRequest.self)?.reason == .malformed)
  }

  @Test
  func `the wire walker takes the longest varint`() throws {
    let bytes = WireBuilder().varint(4, .max).bytes
    let revision = try withDecoded(bytes[...], as: Rollcall__V1__GetModelRequest.self) { $0.fields.at_revision }
    #expect(revision == -1)
  }

  @Test
  func `the wire walker's error has the reason, the field and the place`() {
    let bytes = WireBuilder().string(1, "default").string(2, [0x61, 0]).bytes
    let error = refusal(bytes, Rollcall__V1__GetModelRequest.self)
    #expect(error?.description == "text with a NUL in field 'id' at byte 12")
  }
}
