/// A mistake in a request to the simulator; `description` says how to correct it.
package struct SimulatorError: Error, Hashable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
