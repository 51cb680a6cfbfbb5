/// A model that leaves and events share: a copy only increments a reference count.
final class StoredModel: Sendable {
  let model: Model
  let hash: ContentHash

  init(_ model: Model) {
    self.model = model
    // The etag of a derived model is already its hash.
    hash = ContentHash(hex: model.etag) ?? model.contentHash
  }
}

// For a function that takes an object's `model` in a loop, the compiler copies all of the model's many fields. A method
// of that object reads only the fields that it needs, in place, and takes a third of the time.

extension StoredModel {
  @inline(never)
  func matches(_ filter: Filter, _ readings: ReadingsLookup) -> Bool {
    filter.matches(model, readings)
  }

  /// The values that an order sorts the model by.
  @inline(never)
  func values(in order: Order, _ readings: ReadingsLookup) -> [OrderValue] {
    order.values(of: model, readings)
  }
}

/// A model and its encoded bytes, to be put into a leaf.
struct LeafEntry: Sendable {
  var stored: StoredModel
  var encoded: EncodedModel

  init(_ stored: StoredModel, encoded: EncodedModel) {
    self.stored = stored
    self.encoded = encoded
  }

  init(_ model: Model, encoded: EncodedModel) {
    self.init(StoredModel(model), encoded: encoded)
  }
}
