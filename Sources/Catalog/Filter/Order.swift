/// An order of models by AIP-132: the values of several fields, each upwards or downwards.
package struct Order: Hashable, Sendable {
  package static let maxBytes = 1_024
  package static let maxFields = 8

  struct Part: Hashable, Sendable {
    var field: ModelField
    var isDescending: Bool
  }

  package let text: String
  let parts: [Part]

  /// The default: by namespace and id.
  package static let byKey = Order(text: "", parts: [])

  private init(text: String, parts: [Part]) {
    self.text = text
    self.parts = parts
  }

  /// A blank text means the default.
  package init(_ text: String) throws(QueryTextError) {
    var parser = try OrderParser(text)
    self.init(text: text, parts: try parser.parse())
  }

  /// Whether it is the order of keys, that ties are in anyway.
  package var isByKey: Bool {
    let key = [ModelField.Plain.namespace, .id].map { Part(field: .plain($0), isDescending: false) }
    return parts.isEmpty || parts.prefix(2).elementsEqual(key.prefix(parts.count))
  }

  /// Whether it asks for what is no fact but follows from the catalog: equal facts may then be in another order.
  package var usesRevisions: Bool {
    parts.contains { $0.field == .plain(.revision) }
  }

  /// How many values a model is ordered by.
  package var fieldCount: Int { parts.count }

  package var usesReadings: Bool {
    parts.contains { $0.field.isReading }
  }

  /// The values that a model is ordered by: one for each field.
  package func values(of model: Model, _ readings: ReadingsLookup) -> [OrderValue] {
    parts.map { $0.field.value(of: model, readings) }
  }

  /// Negative when `a` comes first, positive when `b` does, 0 when the key decides. Texts are ordered by their UTF-8
  /// bytes; what is absent comes last, upwards and downwards.
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

  /// Equal when the texts are, by their bytes.
  package static func == (a: Order, b: Order) -> Bool {
    sameBytes(a.text, b.text)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }
}

extension OrderValue {
  /// Of two of one kind, as the values of one field are.
  fileprivate func compared(to other: OrderValue) -> Int {
    switch (self, other) {
    case (.text(let a), .text(let b)): byteOrder(a, b)
    case (.number(let a), .number(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.real(let a), .real(let b)): a < b ? -1 : a > b ? 1 : 0
    default: 0
    }
  }
}
