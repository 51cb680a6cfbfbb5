/// An order of models in the syntax of AIP-132: several fields, each ascending or descending.
package struct Order: Hashable, Sendable {
  /// The largest size of an order, in bytes.
  package static let maxBytes = 1_024
  /// The largest number of fields in an order.
  package static let maxFields = 8

  struct Part: Hashable, Sendable {
    var field: ModelField
    var isDescending: Bool
  }

  /// The order as the client wrote it.
  package let text: String
  let parts: [Part]

  /// The default: by namespace and id.
  package static let byKey = Order(text: "", parts: [])

  private init(text: String, parts: [Part]) {
    self.text = text
    self.parts = parts
  }

  /// Parses a text; a blank text means the default.
  package init(_ text: String) throws(QueryTextError) {
    var parser = try OrderParser(text)
    self.init(text: text, parts: try parser.parse())
  }

  /// Whether it is the order of keys, which also breaks ties.
  package var isByKey: Bool {
    let key = [ModelField.Plain.namespace, .id].map { Part(field: .plain($0), isDescending: false) }
    return parts.isEmpty || parts.prefix(2).elementsEqual(key.prefix(parts.count))
  }

  /// Whether the order uses revisions. They are no facts, so models with equal facts may then change places.
  package var usesRevisions: Bool {
    parts.contains { $0.field == .plain(.revision) }
  }

  /// The number of values that the order compares per model.
  package var fieldCount: Int { parts.count }

  /// Whether the order uses readings, so that it can change without a change of a fact.
  package var usesReadings: Bool {
    parts.contains { $0.field.isReading }
  }

  /// The values by which the order sorts a model: one per field.
  package func values(of model: Model, _ readings: ReadingsLookup) -> [OrderValue] {
    parts.map { $0.field.value(of: model, readings) }
  }

  /// Negative when `a` comes first, positive when `b` does, 0 when the key decides. Texts compare by their UTF-8 bytes.
  /// An absent value comes last, in ascending and in descending order.
  package func areInOrder(_ a: [OrderValue], _ b: [OrderValue]) -> Int {
    for ((a, b), part) in zip(zip(a, b), parts) {
      switch (a, b) {
      case (.absent, .absent): continue
      case (.absent, _): return 1
      case (_, .absent): return -1
      default: break
      }
      let relation = a.compared(to: b)
      if relation != 0 { return part.isDescending ? -relation : relation }
    }
    return 0
  }

  /// Orders are equal when their texts are the same bytes.
  package static func == (a: Order, b: Order) -> Bool {
    sameBytes(a.text, b.text)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }
}

extension OrderValue {
  /// Compares two values of the same case, as the values of one field are.
  fileprivate func compared(to other: OrderValue) -> Int {
    switch (self, other) {
    case (.text(let a), .text(let b)): byteOrder(a, b)
    case (.number(let a), .number(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.real(let a), .real(let b)): a < b ? -1 : a > b ? 1 : 0
    default: 0
    }
  }
}
