/// Why an engine's description was refused: one sentence with the fault and the allowed values, and no value that may be
/// a key.
package struct EngineSpecError: Error, Hashable, CustomStringConvertible {
  package var description: String
  /// The options that are wrong; empty where the URL, a label or the form is.
  package var options: [EngineOption]

  package init(_ description: String, in options: [EngineOption] = []) {
    self.description = description
    self.options = options
  }

  /// The sentence with the options' names in the spelling of a grammar.
  package func text(_ spelling: (EngineOption) -> String) -> String {
    // The longest first, because names are parts of others.
    EngineOption.allCases.filter { $0.rawValue.contains("-") }.sorted { $0.rawValue.count > $1.rawValue.count }
      .reduce(description) { $0.replacing($1.rawValue, with: spelling($1)) }
  }
}
