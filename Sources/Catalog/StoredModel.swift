/// A model that leaves and events share, so that to copy it is to count one more holder.
final class StoredModel: Sendable {
  let model: Model
  let hash: ContentHash

  init(_ model: Model) {
    self.model = model
    // Derived models carry it already.
    hash = ContentHash(hex: model.etag) ?? model.contentHash
  }
}

// A model has many fields, and the compiler copies all of them for a function that is called with the model of an object
// in a loop. A method of that object reads the few fields that are asked for in their places: a third of the time.

extension StoredModel {
  @inline(never)
  func matches(_ filter: Filter, _ readings: ReadingsLookup) -> Bool {
    filter.matches(model, readings)
  }

  /// The values that it is ordered by.
  @inline(never)
  func values(in order: Order, _ readings: ReadingsLookup) -> [OrderValue] {
    order.values(of: model, readings)
  }
}

/// A model on its way into a leaf.
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
