internal import Catalog
internal import Logging

// Values as users write them on the command line and in the configuration file. Each function throws `CommandError`.

/// Parses a duration from 1ms to ten years: `500ms`, `5s`, `1.5m`, `1h`, `7d`.
func parseDuration(_ text: String) throws -> Duration {
  do {
    return try Duration(text: text)
  } catch {
    throw CommandError("\(error)")
  }
}

/// Parses the time that an acknowledged write may wait for other writes: at most a second.
func parseCommitDelay(_ text: String) throws -> Duration {
  let delay = try parseDuration(text)
  guard delay <= .seconds(1) else {
    throw CommandError("\"\(text)\" is out of range: write a duration from 1ms to 1s")
  }
  return delay
}

/// Parses the time between a signal to stop and the end of listening: 0, or up to ten minutes.
func parseDrainDelay(_ text: String) throws -> Duration {
  if ["0", "0s", "0ms"].contains(text) { return .zero }
  let delay = try parseDuration(text)
  guard delay <= .seconds(600) else {
    throw CommandError("\"\(text)\" is out of range: write 0s, or a duration from 1ms to 10m")
  }
  return delay
}

/// Parses the interval between readings; servers accept 1s to 1h.
func parseReadingsInterval(_ text: String) throws -> Duration {
  let interval = try parseDuration(text)
  guard (.seconds(1) ... .seconds(3600)).contains(interval) else {
    throw CommandError("\"\(text)\" is out of range: readings come every 1s to 1h")
  }
  return interval
}

/// Parses a size from 64KiB to 1024GiB (`64MiB`, `1.5GiB`) to bytes.
func parseSize(_ text: String) throws -> Int {
  let units: [(name: Substring, bytes: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
  let (number, name) = splitUnit(text)
  guard let number, let unit = units.first(where: { $0.name == name })?.bytes else {
    throw CommandError("\"\(text)\" is no size: write a number and a unit, such as 512KiB, 64MiB or 1GiB")
  }
  let bytes = number * Double(unit)
  guard (64.0 * 1024...1024.0 * 1_073_741_824).contains(bytes) else {
    throw CommandError("\"\(text)\" is out of range: write a size from 64KiB to 1024GiB")
  }
  return Int(bytes.rounded())
}

/// Parses a number of bytes within bounds, with or without a unit (`16384`, `16KiB`).
func parseBytes(_ text: String, in range: ClosedRange<Int>) throws -> Int {
  let units: [(name: Substring, bytes: Int)] = [("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
  let (number, name) = splitUnit(text)
  guard let number, let unit = units.first(where: { $0.name == name })?.bytes else {
    throw CommandError("\"\(text)\" is no size: write a number and a unit, such as 512KiB, 64MiB or 1GiB")
  }
  let bytes = number * Double(unit)
  guard (Double(range.lowerBound)...Double(range.upperBound)).contains(bytes) else {
    throw CommandError(
      "\"\(text)\" is out of range: write a size from \(Formatted.size(range.lowerBound)) to "
        + Formatted.size(range.upperBound))
  }
  return Int(bytes.rounded())
}

/// Parses a whole number within bounds.
func parseCount(_ text: String, in range: ClosedRange<Int>) throws -> Int {
  guard let count = Int(text), range.contains(count) else {
    throw CommandError("\"\(text)\" is out of range: write a number from \(range.lowerBound) to \(range.upperBound)")
  }
  return count
}

/// Parses a number of consecutive probes.
func parseProbeCount(_ text: String) throws -> Int { try parseCount(text, in: 1...100) }

/// Parses the largest number of models of one engine.
func parseModelLimit(_ text: String) throws -> Int { try parseCount(text, in: 1...Observation.modelLimit) }

/// Parses the number of changes that the history keeps.
func parseHistoryChanges(_ text: String) throws -> Int { try parseCount(text, in: 100...10_000_000) }

/// Parses a number of models.
func parseModelCount(_ text: String) throws -> Int {
  guard let count = Int(text), count > 0 else {
    throw CommandError("\"\(text)\" is no number of models: write 1 or more")
  }
  return count
}

/// Parses a revision of the catalog.
func parseRevision(_ text: String) throws -> Int64 {
  guard let revision = Int64(text), revision > 0 else {
    throw CommandError(
      "\"\(text)\" is no revision: write a number, such as `rollcall diff` or `rollcall watch` shows")
  }
  return revision
}

/// Parses `true` or `false`.
func parseSwitch(_ text: String) throws -> Bool {
  guard let value = Bool(text) else { throw CommandError("\"\(text)\" is neither true nor false") }
  return value
}

/// Parses the name of a log level.
func parseLogLevel(_ text: String) throws -> Logger.Level {
  guard let level = Logger.Level(rawValue: text) else {
    let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
    throw CommandError("\"\(text)\" is no log level: write one of \(names)")
  }
  return level
}

/// Parses the path of a directory.
func parseDirectory(_ text: String) throws -> String {
  guard !text.isEmpty else { throw CommandError("\"\" is no directory") }
  return text
}

/// Splits a text into a number and the unit after it. The number is nil when there is none.
private func splitUnit(_ text: String) -> (Double?, Substring) {
  let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
  return (Double(digits), text.dropFirst(digits.count))
}

/// Parses `required` or `optional`. Throws `CommandError`.
func parseClientAuth(_ text: String) throws -> TLSClientAuth {
  guard let value = TLSClientAuth(rawValue: text) else {
    throw CommandError("\"\(text)\" is neither required nor optional")
  }
  return value
}
