/// A filter of models by AIP-160, read once.
///
/// `AND` and blanks bind loosest, `OR` binds tighter, `NOT` and `-` tightest.
package struct Filter: Hashable, Sendable {
  package static let maxBytes = 4_096
  package static let maxComparisons = 100
  /// Of parentheses, `NOT` and `-`.
  package static let maxLevels = 32
  /// In one value.
  package static let maxWildcards = 16

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
