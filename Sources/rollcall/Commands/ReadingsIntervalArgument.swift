/// How often readings may come, on the command line.
enum ReadingsIntervalArgument {
  /// Throws `CommandError`. What servers take.
  static func parse(_ text: String) throws -> Duration {
    let interval = try DurationText.parse(text)
    guard (.seconds(1) ... .seconds(3600)).contains(interval) else {
      throw CommandError("\"\(text)\" is out of range: readings come every 1s to 1h")
    }
    return interval
  }
}
