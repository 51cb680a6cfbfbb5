internal import Catalog

/// Formats values for tables and lines. Readings take at most five characters (except amounts beyond 999 billion), and
/// `-` stands for an unknown value.
enum Formatted {
  /// A number: `0`, `999`, `1.2k`, `34k`, `5.6M`.
  static func count(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return value < 999.5 ? whole(value) : scaled(value)
  }

  /// A number per second: `0`, `0.4`, `12`, `1.2k`.
  static func rate(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return value < 9.95 && value >= 0.05 ? tenths(value) : count(value)
  }

  /// A share from 0 to 1: `87%`.
  static func share(_ value: Double?) -> String {
    guard let value = known(value) else { return "-" }
    return whole(value * 100) + "%"
  }

  /// A latency in seconds: `85ms`, `1.2s`, `34s`, `5m`, `2h`.
  static func latency(_ seconds: Double?) -> String {
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

  /// An age in its largest unit: `5s`, `3m`, `2h`, `4d`. A negative age shows as `0s`, because the clocks of two
  /// machines differ.
  static func age(_ age: Duration) -> String {
    let seconds = max(0, age.components.seconds)
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }

  static func age(since time: Timestamp?, _ now: Timestamp) -> String {
    time.map { age(now - $0) } ?? "-"
  }

  /// A duration in the form that `parseDuration` reads, in the largest unit that divides it: `15m`, `90s`.
  static func duration(_ duration: Duration) -> String {
    let milliseconds = Int(duration / .milliseconds(1))
    for (name, unit) in Duration.units.reversed() where milliseconds % unit == 0 {
      return "\(milliseconds / unit)\(name)"
    }
    return "\(milliseconds)ms"
  }

  /// A number of bytes in the largest unit that has no fraction, as `parseBytes` reads it.
  static func size(_ bytes: Int) -> String {
    for (name, unit) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes > 0 && bytes % unit == 0 {
      return "\(bytes / unit)\(name)"
    }
    return String(bytes)
  }

  /// A text from an engine or a user, made safe for a terminal. It replaces control characters, which could move the
  /// cursor or forge lines, and characters that turn the direction of the text after them.
  static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isHarmful) else { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      out.append(scalar.isHarmful ? "\u{FFFD}" : scalar)
    }
    return String(out)
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

  /// nil for unknown and impossible values.
  private static func known(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite && $0 >= 0 ? min($0, 1e15) : nil }
  }

  private static func whole(_ value: Double) -> String { String(Int(value.rounded())) }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

extension Unicode.Scalar {
  fileprivate var isHarmful: Bool {
    switch value {
    case 0x20..<0x7f: false
    // Line separators, and the embeddings, overrides and isolates of the bidirectional algorithm.
    case 0x2028...0x202e, 0x2066...0x2069: true
    default: properties.generalCategory == .control
    }
  }
}
