/// Why a description of an engine was refused: one sentence that says what is wrong and what is allowed.
package struct EngineSpecError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
