extension Timestamp {
  /// The seconds of the years 0001 to 9999, the range of `google.protobuf.Timestamp` and RFC 3339.
  package static let calendarSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Reads a time by RFC 3339 section 5.6: `2025-01-31T09:05:00.25+02:00`. It truncates to microseconds and reads a
  /// leap second as the second after it. nil for any other text, and outside the years 0001 to 9999.
  package init?(rfc3339 text: String) {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.take("T", or: "t"), let hour = reader.number(2), reader.take(":"),
      let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
      let fraction = reader.microseconds(), let offset = reader.offset(), reader.isAtEnd,
      hour < 24, minute < 60, second <= 60
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard date.exists else { return nil }
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
    guard Self.calendarSeconds.contains(seconds) else { return nil }
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  /// Reads seconds since the Unix epoch: `1735689600` or `1735689600.25`. nil for any other text, and outside the years
  /// 0001 to 9999.
  package init?(unixSeconds text: String) {
    var reader = DigitReader(text)
    let isBefore = reader.take("-")
    guard let seconds = reader.number(upTo: 12), let fraction = reader.microseconds(), reader.isAtEnd else {
      return nil
    }
    let microseconds = (seconds * 1_000_000 + fraction) * (isBefore ? -1 : 1)
    self.init(microseconds: microseconds)
    guard Self.calendarSeconds.contains(self.seconds) else { return nil }
  }
}

/// Parses text from its front.
private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
    guard let first = rest.first, first == UInt8(ascii: character) || other.map({ first == UInt8(ascii: $0) }) == true
    else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Reads a number of exactly `digits` digits.
  mutating func number(_ digits: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Reads a number of 1 to `digits` digits.
  mutating func number(upTo digits: Int) -> Int64? {
    guard var value = digit() else { return nil }
    var count = 1
    while count < digits, let digit = digit() {
      value = value * 10 + digit
      count += 1
    }
    return value
  }

  /// Reads a decimal point and digits; 0 when there is no point.
  mutating func microseconds() -> Int64? {
    guard take(".") else { return 0 }
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      if count < 6 { value = value * 10 + digit }
      count += 1
    }
    while count < 6 {
      value *= 10
      count += 1
    }
    return value
  }

  /// Reads an offset as seconds east of UTC.
  mutating func offset() -> Int64? {
    if take("Z", or: "z") { return 0 }
    let isWest = take("-")
    guard isWest || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
    else { return nil }
    return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
  }

  private mutating func digit() -> Int64? {
    guard let first = rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first else { return nil }
    rest = rest.dropFirst()
    return Int64(first - UInt8(ascii: "0"))
  }
}
