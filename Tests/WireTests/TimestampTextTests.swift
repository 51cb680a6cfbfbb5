import Catalog
import Foundation
import Testing
import Wire

@Suite("A moment in RFC 3339")
struct TimestampTextTests {
  @Test(
    "is the date of the Gregorian calendar",
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
      (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"), (1_735_689_600_000_250, "2025-01-01T00:00:00.000250Z"),
      (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (-2_208_988_800_000_000, "1900-01-01T00:00:00.000000Z"), (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ] as [(Int64, String)])
  func known(_ microseconds: Int64, _ text: String) {
    #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
  }

  @Test("agrees with Foundation on every day of four centuries")
  func days() throws {
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

  @Test("exists for every value", arguments: [Int64.min, .max])
  func extremes(_ microseconds: Int64) {
    #expect(Timestamp(microseconds: microseconds).rfc3339.hasSuffix("Z"))
  }
}
