// A model has many fields, and the compiler copies all of them for a function that is called with the model of an object
// in a loop. A method of that object reads the few fields that are asked for in their places: a third of the time.

extension StoredModel {
  @inline(never)
  func matches(_ filter: Filter, _ readings: ReadingsLookup) -> Bool {
    filter.matches(model, readings)
  }

  /// What it is ordered by.
  @inline(never)
  func values(in order: Order, _ readings: ReadingsLookup) -> [OrderValue] {
    order.values(of: model, readings)
  }
}
