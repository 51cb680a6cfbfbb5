import HTTP

/// The field `Retry-After` (RFC 9110 section 10.2.3): a number of seconds or a date.
enum RetryAfter {
  /// The time to wait; nil for a field that is absent or malformed, or a date without the engine's own `Date` beside
  /// it: the clocks of two machines differ.
  static func wait(_ field: String?, date: String?) -> Duration? {
    guard let field else { return nil }
    if let seconds = Int64(field) { return seconds >= 0 ? .seconds(min(seconds, 1 << 40)) : nil }
    guard let until = HTTPDate.secondsSinceEpoch(field), let now = date.flatMap(HTTPDate.secondsSinceEpoch) else {
      return nil
    }
    return .seconds(max(0, until - now))
  }
}
