/// A text of a divergence, by its path below `divergences`.
enum DivergenceField: String, CaseIterable, Sendable {
  case field
  case value = "values.value"
  case engineIDs = "values.engine_ids"

  /// Whether one of its texts passes.
  func holds(of divergence: Divergence, _ test: ValueTest) -> Bool {
    switch self {
    case .field: test.holds(.text(divergence.field))
    case .value: divergence.values.contains { test.holds(.text($0.value)) }
    case .engineIDs: divergence.values.contains { $0.engineIDs.contains { test.holds(.text($0)) } }
    }
  }
}
