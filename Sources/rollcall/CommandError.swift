/// Why a command gives up: a sentence for the person at the terminal that says what to do.
struct CommandError: Error, Hashable, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
