import Catalog
import Messages
import Testing
import Wire

@Suite struct ModelEncodingTests {
  let encoder = WireModelEncoder()

  @Test(arguments: Samples.all)
  func `a model's protobuf is decoded as it was encoded, without replicas in view BASIC`(_ model: Model) throws {
    let encoded = encoder.encode(model)
    var expected = model
    expected.replicas = []
    #expect(try ModelMessage.decode(encoded.element[encoded.headerCount...]) == ModelMessage(model: expected))
    #expect(try ListPage.decode(encoded.element[...]).models == [ModelMessage(model: expected)])
  }

  @Test(arguments: Samples.all)
  func `a model's protobuf is decoded as it was encoded, with replicas and times in view FULL`(_ model: Model) throws {
    let moment = Timestamp(microseconds: 1_700_000_000_123_456)
    let packed = FullEncoder().encode(model) { $0 == "engine-2" ? EngineReading(observedAt: moment) : nil }
    let expected = ModelMessage(
      model: model,
      replicas: model.replicas.isEmpty
        ? [:] : ["engine-2": ReplicaReading(observedAt: moment)])
    #expect(try ModelMessage.decode(packed[...]) == expected)
  }

  @Test func `a model's protobuf is the same for equal models, in any order of their labels`() {
    var model = Samples.full
    let first = encoder.encode(model)
    for round in 0..<20 {
      model.labels = [:]
      model.labels.reserveCapacity(round * 16)
      for (name, value) in Samples.full.labels.shuffled() { model.labels[name] = value }
      let again = encoder.encode(model)
      #expect(again.element == first.element)
      #expect(again.json == first.json)
    }
  }

  @Test(arguments: [0, 1, 100, 127, 128, 16_384, 100_000])
  func `a model's protobuf has a header count that shows where the packed model begins`(_ length: Int) throws {
    var model = Samples.bare
    model.root = String(repeating: "r", count: length)
    let encoded = encoder.encode(model)
    #expect(try ModelMessage.decode(encoded.element[encoded.headerCount...]).model == model)
  }

  @Test(arguments: [0, 1, -1, -999_999, -1_000_000, 1_735_689_600_000_250, .max] as [Int64])
  func `a model's protobuf keeps every timestamp`(_ microseconds: Int64) throws {
    var model = Samples.bare
    model.created = Timestamp(microseconds: microseconds)
    let encoded = encoder.encode(model)
    #expect(try ModelMessage.decode(encoded.element[encoded.headerCount...]).model.created == model.created)
  }

  @Test func `a model's protobuf never cuts text at a NUL`() throws {
    var model = Samples.bare
    model.key.id = "a\0b"
    let encoded = encoder.encode(model)
    #expect(try ModelMessage.decode(encoded.element[encoded.headerCount...]).model.key.id == "a\u{FFFD}b")
  }
}
