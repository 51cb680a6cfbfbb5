/// Readings in at most five characters (amounts beyond 999 billion aside); `-` for what is not told.
enum ReadingText {
  /// `0`, `999`, `1.2k`, `34k`, `5.6M`.
  static func count(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return value < 999.5 ? whole(value) : scaled(value)
  }

  /// `0`, `0.4`, `12`, `1.2k`: per second.
  static func rate(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return value < 9.95 && value >= 0.05 ? tenths(value) : count(value)
  }

  /// `87%` of a share.
  static func share(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return whole(value * 100) + "%"
  }

  /// `85ms`, `1.2s`, `34s`, `5m`, `2h` of seconds.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds = known(seconds) else { return "-" }
    return switch seconds {
    case 0: "0s"
    case ..<0.0095: tenths(seconds * 1000) + "ms"
    case ..<0.9995: whole(seconds * 1000) + "ms"
    case ..<9.95: tenths(seconds) + "s"
    case ..<99.5: whole(seconds) + "s"
    case ..<5970: whole(seconds / 60) + "m"
    default: whole(seconds / 3600) + "h"
    }
  }

  private static func scaled(_ value: Double) -> String {
    let units = ["k", "M", "G"]
    var scaled = value / 1000
    var place = 0
    while scaled >= 999.5, place < units.count - 1 {
      scaled /= 1000
      place += 1
    }
    return (scaled < 9.95 ? tenths(scaled) : whole(scaled)) + units[place]
  }

  /// What cannot be is not known.
  private static func known(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite && $0 >= 0 ? min($0, 1e15) : nil }
  }

  private static func whole(_ value: Double) -> String { String(Int(value.rounded())) }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
