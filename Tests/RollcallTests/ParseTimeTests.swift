import Catalog
import Foundation
import Testing
import Wire

@testable import rollcall

@Suite("Points in time on the command line")
struct ParseTimeTests {
  private static let now = "2026-11-22T14:05:30.250000Z"

  private func parse(_ text: String, at now: String = now, zone: String = "UTC") throws -> String {
    let now = try #require(Timestamp(rfc3339: now))
    switch try parseTime(text, now: now, zone: try #require(TimeZone(identifier: zone))) {
    case .revision(let revision): return "revision \(revision)"
    case .time(let time): return time.rfc3339
    }
  }

  @Test(arguments: [
    ("1795375058000017", "revision 1795375058000017"), ("7", "revision 7"),
    ("10m", "2026-11-22T13:55:30.250000Z"), ("1.5s", "2026-11-22T14:05:28.750000Z"),
    ("2d", "2026-11-20T14:05:30.250000Z"),
    ("2026-11-22T14:03:00Z", "2026-11-22T14:03:00.000000Z"),
    ("2026-11-22T14:03:00+02:00", "2026-11-22T12:03:00.000000Z"),
    ("14:03", "2026-11-22T14:03:00.000000Z"), ("14:05:30", "2026-11-22T14:05:30.000000Z"),
    ("14:05:31", "2026-11-21T14:05:31.000000Z"), ("14:06", "2026-11-21T14:06:00.000000Z"),
    ("00:00", "2026-11-22T00:00:00.000000Z"), ("9:30", "2026-11-22T09:30:00.000000Z"),
  ])
  func `a moment is a revision, a time, a clock time or an age`(text: String, moment: String) throws {
    #expect(try parse(text) == moment)
  }

  @Test(arguments: [
    // East of Greenwich it is the 23rd already.
    ("14:03", "Asia/Tokyo", "2026-11-22T05:03:00.000000Z"), ("23:04", "Asia/Tokyo", "2026-11-22T14:04:00.000000Z"),
    ("23:06", "Asia/Tokyo", "2026-11-21T14:06:00.000000Z"),
    ("09:00", "America/New_York", "2026-11-22T14:00:00.000000Z"),
    ("09:10", "America/New_York", "2026-11-21T14:10:00.000000Z"),
  ])
  func `a clock time is of the local zone`(text: String, zone: String, moment: String) throws {
    #expect(try parse(text, zone: zone) == moment)
  }

  @Test func `a clock time that is now means now`() throws {
    #expect(try parse("14:03", at: "2026-11-22T14:03:00Z") == "2026-11-22T14:03:00.000000Z")
  }

  @Test func `a clock time that occurs twice is the last one`() throws {
    // In New York the hour from 1 to 2 of this night came twice; the second began at 06:00 in UTC.
    let moment = try parse("01:30", at: "2026-11-01T12:00:00Z", zone: "America/New_York")
    #expect(moment == "2026-11-01T06:30:00.000000Z")
  }

  @Test(arguments: [
    // In New York the hour from 2 to 3 of this night did not come.
    ("02:30", "2026-03-07T07:30:00.000000Z"), ("03:30", "2026-03-08T07:30:00.000000Z"),
    ("01:30", "2026-03-08T06:30:00.000000Z"),
  ])
  func `a clock time that does not occur is that of the day before`(text: String, moment: String) throws {
    #expect(try parse(text, at: "2026-03-08T12:00:00Z", zone: "America/New_York") == moment)
  }

  @Test(arguments: [
    "", "0", "-5", "24:00", "14:60", "14:03:60", "14:", ":03", "14:3:", "14:03Z", "yesterday", "2026-11-22",
    "2026-11-22T14:03:00", "99999999999999999999", "014:03", "٣:٤٥",
  ])
  func `a malformed moment is refused with examples`(text: String) {
    let error = #expect(throws: CommandError.self) { try parse(text) }
    #expect(error?.description.contains("write a clock time such as 14:03") == true)
  }
}
