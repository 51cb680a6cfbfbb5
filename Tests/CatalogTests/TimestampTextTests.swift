import Catalog
import Foundation
import Testing

@Suite("A timestamp in RFC 3339")
struct TimestampTextTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
      (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"), (1_735_689_600_000_250, "2025-01-01T00:00:00.000250Z"),
      (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (-2_208_988_800_000_000, "1900-01-01T00:00:00.000000Z"), (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ] as [(Int64, String)])
  func `a timestamp's text is the date of the Gregorian calendar`(_ microseconds: Int64, _ text: String) {
    #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
  }

  @Test
  func `a timestamp's text agrees with Foundation over four centuries`() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    for day in stride(from: Int64(-73_000), to: 73_000, by: 1) where day % 7 == 0 || abs(day) % 365 < 3 {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day], from: date)
      let text = Timestamp(microseconds: day * 86_400_000_000).rfc3339
      let expected = try [#require(parts.year), #require(parts.month), #require(parts.day)]
      #expect(text.prefix(10).split(separator: "-").compactMap { Int($0) } == expected)
    }
  }

  @Test(arguments: [Int64.min, .max])
  func `every timestamp has a text`(_ microseconds: Int64) {
    #expect(Timestamp(microseconds: microseconds).rfc3339.hasSuffix("Z"))
  }

  @Test
  func `a timestamp is parsed back from its text, over the whole calendar`() {
    for day in stride(from: Int64(-719_162), through: 2_932_896, by: 13) {
      for moment in [day * 86_400_000_000, day * 86_400_000_000 + 86_399_999_999] {
        #expect(Timestamp(rfc3339: Timestamp(microseconds: moment).rfc3339) == Timestamp(microseconds: moment))
      }
    }
  }

  @Test(
    arguments: [
      ("2025-01-01T00:00:00Z", 1_735_689_600_000_000), ("2025-01-01t00:00:00z", 1_735_689_600_000_000),
      ("2025-01-01T02:30:00+02:30", 1_735_689_600_000_000), ("2024-12-31T23:00:00-01:00", 1_735_689_600_000_000),
      ("2025-01-01T00:00:00.5Z", 1_735_689_600_500_000), ("2025-01-01T00:00:00.123456789Z", 1_735_689_600_123_456),
      ("2024-12-31T23:59:60Z", 1_735_689_600_000_000), ("2025-01-01T00:00:00-00:00", 1_735_689_600_000_000),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] as [(String, Int64)])
  func `a timestamp is parsed from any form of RFC 3339`(_ text: String, _ microseconds: Int64) {
    #expect(Timestamp(rfc3339: text) == Timestamp(microseconds: microseconds))
  }

  @Test(arguments: [
    "", "now", "2025-01-01", "2025-01-01T00:00:00", "2025-01-01T00:00Z", "2025-01-01T00:00:00.Z",
    "2025-01-01 00:00:00Z", "2025-1-01T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z",
    "2025-01-00T00:00:00Z", "2025-04-31T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
    "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z", "2025-01-01T00:00:61Z", "2025-01-01T00:00:00+0200",
    "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00Z ", " 2025-01-01T00:00:00Z", "-025-01-01T00:00:00Z",
    "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z", "９999-12-31T23:59:00Z",
  ])
  func `a timestamp is not parsed from any other text`(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(
    arguments: [
      ("0", 0), ("1735689600", 1_735_689_600_000_000), ("1735689600.25", 1_735_689_600_250_000),
      ("1.1234567", 1_123_456), ("-1.5", -1_500_000), ("-62135596800", -62_135_596_800_000_000),
      ("253402300799.9999999", 253_402_300_799_999_999), ("", nil), ("-", nil), (".5", nil), ("5.", nil), ("1e9", nil),
      ("+5", nil), ("-62135596801", nil), ("253402300800", nil), ("99999999999999999999", nil), ("5 ", nil),
    ] as [(String, Int64?)])
  func `a timestamp is parsed from Unix seconds`(_ text: String, _ microseconds: Int64?) {
    #expect(Timestamp(unixSeconds: text)?.microseconds == microseconds)
  }
}
