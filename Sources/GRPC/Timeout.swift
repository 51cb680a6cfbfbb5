/// `grpc-timeout` (grpc/doc/PROTOCOL-HTTP2.md): up to eight digits and a unit of H, M, S, m, u or n.
package enum Timeout {
  /// The duration of a value; nil when the value is malformed.
  package static func parse(_ value: some BidirectionalCollection<UInt8>) -> Duration? {
    guard let unit = value.last, (2...9).contains(value.count) else { return nil }
    var amount = Int64(0)
    for digit in value.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      amount = amount * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(amount * 3_600)
    case UInt8(ascii: "M"): return .seconds(amount * 60)
    case UInt8(ascii: "S"): return .seconds(amount)
    case UInt8(ascii: "m"): return .milliseconds(amount)
    case UInt8(ascii: "u"): return .microseconds(amount)
    case UInt8(ascii: "n"): return .nanoseconds(amount)
    default: return nil
    }
  }

  /// A duration as a value, in the finest unit in which it has at most eight digits. The value is never longer than the
  /// duration, except that it is at least 1 n.
  package static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let limit = Int64(99_999_999)
    guard seconds >= 0, attoseconds >= 0 else { return "1n" }
    if seconds == 0 && attoseconds / 1_000_000_000 <= limit { return "\(max(attoseconds / 1_000_000_000, 1))n" }
    if seconds < 100 { return "\(min(seconds * 1_000_000 + attoseconds / 1_000_000_000_000, limit))u" }
    if seconds <= limit / 1_000 { return "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)m" }
    return seconds <= limit ? "\(seconds)S" : "\(min(seconds / 3_600, limit))H"
  }
}
