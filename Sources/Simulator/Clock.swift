internal import FoundationEssentials

/// Seconds since the Unix epoch.
func unixTime() -> Double {
  Date.now.timeIntervalSince1970
}

/// An HTTP date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
func httpDate(_ seconds: Int) -> String {
  let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
  let (year, month, day) = civilDate(daysSinceEpoch: days)
  let time = [rest / 3600, rest / 60 % 60, rest % 60].map(twoDigits).joined(separator: ":")
  return "\(names[days % 7]), \(twoDigits(day)) \(months[month - 1]) \(year) \(time) GMT"
}

private func twoDigits(_ number: Int) -> String {
  number < 10 ? "0\(number)" : "\(number)"
}

/// The Gregorian date of a day from 1970-01-01 on, by eras of 400 years that begin on a 1st of March.
private func civilDate(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
  let shifted = daysSinceEpoch + 719_468
  let era = shifted / 146_097
  let dayOfEra = shifted % 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let marchMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
  let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
