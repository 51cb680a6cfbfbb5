/// Values of settings of the store that are checked in the same way on the command line and in the file.
enum StoreValues {
  static func changes(_ text: String) throws -> Int { try CountText.parse(text, in: 100...10_000_000) }

  /// Time that an acknowledged write may take longer.
  static func commitDelay(_ text: String) throws -> Duration {
    let delay = try DurationText.parse(text)
    guard delay <= .seconds(1) else {
      throw CommandError("\"\(text)\" is out of range: write a duration from 1ms to 1s")
    }
    return delay
  }

  static func directory(_ text: String) throws -> String {
    guard !text.isEmpty else { throw CommandError("\"\" is no directory") }
    return text
  }
}
