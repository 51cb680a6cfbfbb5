internal import Catalog
internal import Foundation
internal import Wire

/// A moment of the past as people name it: a revision, a time, a clock time, or how long ago it was.
enum MomentText: Hashable {
  case revision(Int64)
  case time(Timestamp)

  /// Throws `CommandError`. A clock time is the last such moment in `zone`.
  static func parse(_ text: String, now: Timestamp, zone: TimeZone = .current) throws -> MomentText {
    if let revision = Int64(text), revision > 0 { return .revision(revision) }
    if let time = Timestamp(rfc3339: text) { return .time(time) }
    if let time = clock(text, before: now, in: zone) { return .time(time) }
    if let ago = try? DurationText.parse(text) { return .time(now + (.zero - ago)) }
    throw CommandError(
      "\"\(text)\" is no moment: write a clock time such as 14:03, how long ago it was such as 10m, a time such as "
        + "2026-11-22T14:03:00Z, or a revision")
  }

  /// `14:03` or `14:03:20`.
  private static func clock(_ text: String, before now: Timestamp, in zone: TimeZone) -> Timestamp? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let isClock = parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    let numbers = parts.compactMap { Int64($0) }
    guard isClock, (2...3).contains(numbers.count), numbers[0] < 24, numbers[1] < 60, numbers[numbers.count - 1] < 60
    else { return nil }
    let clock = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    // Where clocks were put forward or back in these days, both offsets count, each where it held.
    let days: [Int64] = [0, 1, 2]
    let candidates = days.map { offset(zone, now.seconds - $0 * day) }.flatMap { offset in
      let sinceMidnight = (now.seconds + offset - clock) % day
      return days.map { now.seconds - sinceMidnight - $0 * day }.filter { self.offset(zone, $0) == offset }
    }
    return candidates.max().map { Timestamp(microseconds: $0 * 1_000_000) }
  }

  private static let day: Int64 = 86_400

  /// Seconds east of UTC.
  private static func offset(_ zone: TimeZone, _ seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}
