internal import Catalog
internal import Foundation
internal import Wire

/// A point in the history of the catalog.
enum PointInTime: Hashable {
  case revision(Int64)
  case time(Timestamp)
}

/// Parses a revision, a time (RFC 3339), a clock time (the last such time in `zone`), or an age. Throws `CommandError`.
func parseTime(_ text: String, now: Timestamp, zone: TimeZone = .current) throws -> PointInTime {
  if let revision = Int64(text), revision > 0 { return .revision(revision) }
  if let time = Timestamp(rfc3339: text) { return .time(time) }
  if let time = lastTime(clock: text, before: now, in: zone) { return .time(time) }
  if let ago = try? parseDuration(text) { return .time(now + (.zero - ago)) }
  throw CommandError(
    "\"\(text)\" is no moment: write a clock time such as 14:03, how long ago it was such as 10m, a time such as "
      + "2026-11-22T14:03:00Z, or a revision")
}

/// The last moment up to `now` at which clocks showed `14:03` or `14:03:20`; nil when `text` is not a clock time.
private func lastTime(clock text: String, before now: Timestamp, in zone: TimeZone) -> Timestamp? {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  let isClock = parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isNumber } }
  let numbers = parts.compactMap { Int64($0) }
  guard isClock, (2...3).contains(numbers.count), numbers[0] < 24, numbers[1] < 60, numbers[numbers.count - 1] < 60
  else { return nil }
  let clock = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
  // If the zone changed its offset in these days, each offset counts for the time in which it held.
  var last: Int64?
  let days: [Int64] = [0, 1, 2]
  for earlier in days {
    let offset = secondsEast(of: zone, now.seconds - earlier * day)
    let sinceMidnight = (now.seconds + offset - clock) % day
    for before in days {
      let seconds = now.seconds - sinceMidnight - before * day
      if secondsEast(of: zone, seconds) == offset { last = max(last ?? seconds, seconds) }
    }
  }
  return last.map { Timestamp(microseconds: $0 * 1_000_000) }
}

private let day: Int64 = 86_400

/// The offset of a zone from UTC at a Unix time, in seconds.
private func secondsEast(of zone: TimeZone, _ seconds: Int64) -> Int64 {
  Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
}

extension Timestamp {
  /// The time of the wall clock.
  static var now: Timestamp {
    Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000))
  }
}
