import FoundationEssentials

/// The HTTP date format (RFC 9110 5.6.7, IMF-fixdate): `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar
  }()

  package static func now() -> String {
    text(secondsSinceEpoch: Int(Date.now.timeIntervalSince1970))
  }

  /// Formats a moment. It takes about 10 µs, so a server does it once a second and not once for each answer.
  package static func text(secondsSinceEpoch seconds: Int) -> String {
    let date = calendar.dateComponents(
      [.weekday, .day, .month, .year], from: Date(timeIntervalSince1970: Double(seconds)))
    let time = seconds % 86_400
    return "\(days[(date.weekday ?? 1) - 1]), \(two(date.day ?? 1)) \(months[(date.month ?? 1) - 1]) "
      + "\(date.year ?? 1970) \(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
  }

  /// Reads a moment in this format; nil when the text is none.
  package static func secondsSinceEpoch(_ text: String) -> Int? {
    // `Sun, 06 Nov 1994 08:49:37 GMT`
    let fields = text.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 6, fields[5] == "GMT", let day = Int(fields[1]), let year = Int(fields[3]),
      let month = months.firstIndex(of: String(fields[2]))
    else { return nil }
    let time = fields[4].split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(time[0]),
      (0...59).contains(time[1]), (0...60).contains(time[2])
    else { return nil }
    let parts = DateComponents(
      year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
    return calendar.date(from: parts).map { Int($0.timeIntervalSince1970) }
  }

  private static func two(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
