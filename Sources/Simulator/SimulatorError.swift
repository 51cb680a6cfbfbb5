/// What was wrong with a request of the fleet's user; `description` says what to do.
package struct SimulatorError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
