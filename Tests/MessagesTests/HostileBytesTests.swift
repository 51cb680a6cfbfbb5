import CMessages
import Messages
import Testing

@Suite("Hostile bytes")
struct HostileBytesTests {
  /// A response with messages in messages, texts, numbers and a map.
  static let sample: [UInt8] = pack(Rollcall__V1__WatchModelsResponse.self) { draft in
    draft.fields.type = ROLLCALL__V1__WATCH_EVENT_TYPE__ADDED
    draft.fields.revision = 1_735_689_600_000_007
    draft.fields.model = draft.message { draft in
      draft.fields.namespace_ = draft.text("default")
      draft.fields.id = draft.text("größer")
      draft.fields.created = draft.message { $0.fields.seconds = -1 }
      draft.fields.n_labels = 2
      draft.fields.labels = draft.messages(["a", "b"]) { draft, name in
        draft.fields.key = draft.text(name)
        draft.fields.value = draft.text(name + name)
      }
      draft.fields.n_replicas = 1
      draft.fields.replicas = draft.messages(["engine"]) { $0.fields.engine_id = $0.text($1) }
    }
  }

  @Test
  func `bytes that end too early are accepted only where a field ends`() {
    let sample = Self.sample
    #expect(refusal(sample, Rollcall__V1__WatchModelsResponse.self) == nil)
    let taken = (0..<sample.count).filter {
      refusal(Array(sample[..<$0]), Rollcall__V1__WatchModelsResponse.self) == nil
    }
    // Nothing, `type`, and `type` with `model`.
    #expect(taken.count == 3)
    #expect(taken.first == 0 && taken.last == sample.count - 9)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `damaged bytes never crash the decoder, and accepted bytes pack to accepted bytes`(_ seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<2000 {
      var bytes = Self.sample
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: index)
        default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
        }
      }
      let again = try? withDecoded(bytes[...], as: Rollcall__V1__WatchModelsResponse.self) { $0.packed() }
      if let again { #expect(refusal(again, Rollcall__V1__WatchModelsResponse.self) == nil) }
    }
  }

  @Test(arguments: 100..<104 as Range<UInt64>)
  func `random bytes never crash the decoder`(_ seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      _ = refusal(bytes, Rollcall__V1__WatchModelsResponse.self)
      _ = refusal(bytes, Google__Protobuf__FileDescriptorProto.self)
      _ = refusal(bytes, Grpc__Reflection__V1__ServerReflectionRequest.self)
    }
  }

  @Test
  func `bytes that would take more memory than allowed are refused, at every limit`() {
    let big = WireBuilder().string(2, String(repeating: "x", count: 100_000)).bytes
    for memory in stride(from: 0, to: 100_000, by: 997) {
      let limits = WireLimits(depth: 8, fields: 100, memory: memory)
      #expect(refusal(big, Rollcall__V1__GetModelRequest.self, limits: limits)?.reason == .limit)
    }
    #expect(refusal(big, Rollcall__V1__GetModelRequest.self) == nil)
  }
}
