/// Why an engine's description was refused: one sentence with the fault and the allowed values.
package struct EngineSpecError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
