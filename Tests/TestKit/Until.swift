/// The error of a test whose condition did not become true in time.
package struct NeverHeld: Error, CustomStringConvertible {
  package var description: String
}

/// Waits for a condition that other tasks bring about; throws `NeverHeld` after two minutes.
package func until(
  _ condition: () async throws -> Bool, file: String = #fileID, line: Int = #line
) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw NeverHeld(description: "the condition at \(file):\(line) never held")
    }
    try await Task.sleep(for: .milliseconds(1))
  }
}
