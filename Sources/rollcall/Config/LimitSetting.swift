internal import HTTP

/// A limit with the value that the user gives it: `NAME=VALUE` on the command line and in the environment, an entry of
/// `limits` in the file.
struct LimitSetting: Hashable {
  var limit: Limit
  /// The value, in the limit's unit.
  var value: Int

  /// Reads `NAME=VALUE`. Throws `CommandError`.
  init(argument: String) throws {
    guard let equals = argument.firstIndex(of: "=") else {
      throw CommandError("\"\(argument)\" is no limit: write NAME=VALUE, such as streams=100 or idle-time=10m")
    }
    try self.init(name: String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
  }

  /// Throws `CommandError` for an unknown name and for a value that the limit cannot have.
  init(name: String, _ text: String) throws {
    guard let limit = Limit.allCases.first(where: { $0.name == name }) else {
      let close = Limit.close(to: name)
      let advice = close.isEmpty ? "" : ": did you mean \(close.joined(separator: ", "))?"
      throw CommandError("there is no limit \"\(name)\"\(advice) (`rollcall limits` lists them)")
    }
    self.limit = limit
    do {
      value = try limit.value(text)
    } catch {
      throw CommandError("\(name): \(error)")
    }
  }
}

extension Limit {
  /// Whether 0 is a value: no reserve, nothing that waits, no least rate, nothing beyond the first burst, no greatest age.
  private var allowsZero: Bool {
    switch self {
    case .reservedConnections, .waitingTasks, .maxAge: true
    default: row.unit == .perSecond || row.unit == .bytesPerSecond
    }
  }

  /// Parses a value: a number, a size such as `16KiB`, or a duration such as `10s`. A rate may end with `/s`. Throws
  /// `CommandError`.
  fileprivate func value(_ text: String) throws -> Int {
    let lowest = allowsZero ? 0 : 1
    switch row.unit {
    case .count: return try parseCount(text, in: lowest...10_000_000)
    case .perSecond: return try parseCount(rate(text), in: 0...10_000_000)
    case .bytes: return try parseBytes(text, in: 1_024...1 << 40)
    case .bytesPerSecond: return try parseBytes(rate(text), in: 0...1 << 40)
    case .milliseconds:
      if allowsZero, text == "0" { return 0 }
      return Int(try parseDuration(text) / .milliseconds(1))
    }
  }

  private func rate(_ text: String) -> String {
    text.hasSuffix("/s") ? String(text.dropLast(2)) : text
  }

  /// A value as `--limit` takes it.
  func text(_ value: Int) -> String {
    switch row.unit {
    case .count: String(value)
    case .perSecond: "\(value)/s"
    case .bytes: Formatted.size(value)
    case .bytesPerSecond: Formatted.size(value) + "/s"
    case .milliseconds: value == 0 ? "0" : Formatted.duration(.milliseconds(value))
    }
  }

  /// The names that a user may mean by a name that no limit has, in the order of the table.
  fileprivate static func close(to name: String) -> [String] {
    let name = name.lowercased().replacing("_", with: "-")
    let names = allCases.map(\.name)
    let alike = names.filter { $0.distance(to: name) <= 2 }
    let sharing = names.filter { $0.hasPrefix(name) || $0.hasSuffix(name) || name.hasPrefix($0) || name.hasSuffix($0) }
    return Array((alike.isEmpty ? name.count > 2 ? sharing : [] : alike).prefix(5))
  }
}

extension String {
  /// The number of characters to insert, delete or replace until the texts are the same (Levenshtein).
  fileprivate func distance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (index, character) in self.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in other.indices {
        let replaced = diagonal + (character == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}

/// Parses the origins of one setting: `*`, or origins between commas. Throws `CommandError`.
func parseAllowedOrigins(_ text: String) throws -> AllowedOrigins {
  do {
    return try AllowedOrigins(text)
  } catch {
    throw CommandError("\(error)")
  }
}

/// Parses a range of addresses. Throws `CommandError`.
func parseAddressRange(_ text: String) throws -> AddressRange {
  guard let range = AddressRange(text) else {
    throw CommandError("\"\(text)\" is no range of addresses: write such as 10.0.0.0/8, 192.0.2.7 or fd00::/8")
  }
  return range
}
