/// A parsed filter of models in the syntax of AIP-160.
///
/// `AND` and blanks bind loosest, `OR` binds tighter, `NOT` and `-` tightest.
package struct Filter: Hashable, Sendable {
  /// The largest size of a filter, in bytes.
  package static let maxBytes = 4_096
  /// The largest number of comparisons in a filter.
  package static let maxComparisons = 100
  /// The deepest nesting of parentheses, `NOT` and `-`.
  package static let maxLevels = 32
  /// The largest number of wildcards in one value.
  package static let maxWildcards = 16

  /// The filter as the client wrote it.
  package let text: String
  /// Whether the filter uses values that are no facts: `readings`, `replicas.readings`, `replicas.resources` or
  /// `replicas.observed_at`. Its result can then change without a change of the catalog.
  package let usesReadings: Bool
  let root: FilterNode
  let cost: FilterCost

  /// Parses a text that is not blank.
  package init(_ text: String) throws(QueryTextError) {
    var parser = try FilterParser(text)
    root = try parser.parse()
    cost = root.cost
    usesReadings = parser.usesReadings
    self.text = text
  }

  /// Whether a model passes the filter. With `.none` as `readings`, every reading is absent.
  package func matches(_ model: Model, _ readings: ReadingsLookup) -> Bool {
    root.matches(model, readings)
  }

  /// Filters are equal when their texts are the same bytes.
  package static func == (a: Filter, b: Filter) -> Bool {
    sameBytes(a.text, b.text)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
  }
}
