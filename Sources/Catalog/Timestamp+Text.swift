extension Timestamp {
  /// The time by RFC 3339 in UTC with microseconds: `2025-01-31T09:05:00.000250Z`. A year outside 0 to 9999 gets a sign
  /// or more digits, which RFC 3339 does not allow.
  package var rfc3339: String {
    let seconds = seconds
    let day = floorDivide(seconds, 86_400)
    let time = seconds - day * 86_400
    let date = CivilDate(daysSinceEpoch: day)
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
      + "T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
      + ".\(padded(microsecondsOfSecond, 6))Z"
  }
}

extension Timestamp {
  /// The microseconds after `seconds`: 0 to 999,999.
  package var microsecondsOfSecond: Int64 {
    let rest = microseconds % 1_000_000
    return rest < 0 ? rest + 1_000_000 : rest
  }
}

private func padded(_ value: Int64, _ width: Int) -> String {
  let digits = String(value.magnitude)
  return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
