/// A filter of models by AIP-160, read once.
///
/// `AND` and blanks bind loosest, `OR` binds tighter, `NOT` and `-` tightest.
package struct Filter: Hashable, Sendable {
  /// Bytes of a filter at most.
  package static let maxBytes = 4_096
  /// Comparisons in a filter at most.
  package static let maxComparisons = 100
  /// Of parentheses, `NOT` and `-`.
  package static let maxLevels = 32
  /// In one value.
  package static let maxWildcards = 16

  /// The filter as the client wrote it.
  package let text: String
  /// Whether it asks for what is no fact: `readings`, `replicas.readings`, `replicas.resources` or
  /// `replicas.observed_at`. The answer can then change without a change of the catalog.
  package let usesReadings: Bool
  let root: FilterNode
  let cost: FilterCost

  /// Of a text that is not blank.
  package init(_ text: String) throws(QueryTextError) {
    var parser = try FilterParser(text)
    root = try parser.parse()
    cost = root.cost
    usesReadings = parser.usesReadings
    self.text = text
  }

  /// Whether the filter lets a model through; with `.none` for readings every reading is absent.
  package func matches(_ model: Model, _ readings: ReadingsLookup) -> Bool {
    root.matches(model, readings)
  }

  /// Equal when the texts are, by their bytes.
  package static func == (a: Filter, b: Filter) -> Bool {
    sameBytes(a.text, b.text)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }
}
