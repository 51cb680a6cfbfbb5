/// The settings in the environment. Each variable is `ROLLCALL_` and the name of its flag in capitals, with underscores
/// (`--probe-interval`: `ROLLCALL_PROBE_INTERVAL`). An empty variable counts as not set.
struct EnvironmentVariables: SettingsReader {
  private static let prefix = "ROLLCALL_"
  /// The variables that other commands read.
  private static let others: Set<String> = Set(ServerOption.keys.map { name(of: $0) })

  private let variables: [String: String]
  /// The names of the variables that the caller has read, set or not, and of `others`.
  private(set) var known = Self.others

  /// Keeps the variables that begin with `ROLLCALL_`, except the variables that Kubernetes sets in pods beside a
  /// Service named `rollcall`.
  init(_ environment: [String: String]) {
    variables = environment.filter { name, value in
      name.hasPrefix(Self.prefix) && !value.isEmpty && !Self.isServiceLink(name, environment)
    }
  }

  /// The names of the variables that are not settings, sorted.
  var unknown: [String] { variables.keys.filter { !known.contains($0) }.sorted() }

  static func name(of key: String) -> String { prefix + key.uppercased() }

  mutating func value<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> Value? {
    let name = Self.name(of: key)
    known.insert(name)
    guard let text = variables[name] else { return nil }
    do {
      return try convert(text)
    } catch {
      throw CommandError("\(name): \(error)")
    }
  }

  /// The values of a repeatable flag, separated by spaces or line ends, because values may contain commas.
  mutating func list<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> [Value] {
    try value(key) { text in try text.split(whereSeparator: \.isWhitespace).map { try convert(String($0)) } } ?? []
  }

  /// Whether Kubernetes sets the variable for a Service: `ROLLCALL_SERVICE_HOST`, `ROLLCALL_PORT`,
  /// `ROLLCALL_PORT_8080_TCP_ADDR` and the like. The forms without `SERVICE` count only beside their `_SERVICE_HOST`,
  /// which Kubernetes always sets too; alone, they are mistakes in the name of a setting.
  private static func isServiceLink(_ name: String, _ environment: [String: String]) -> Bool {
    if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
    // The name of a Service may hold a PORT of its own.
    return name.ranges(of: "_PORT").contains { range in
      let rest = name[range.upperBound...]
      return (rest.isEmpty || rest.hasPrefix("_")) && environment["\(name[..<range.lowerBound])_SERVICE_HOST"] != nil
    }
  }
}
