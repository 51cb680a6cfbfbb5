/// The settings in the environment: each under `ROLLCALL_` and the name of its flag in capitals, with underscores
/// (`--probe-interval`: `ROLLCALL_PROBE_INTERVAL`). An empty variable states nothing.
struct EnvironmentVariables: SettingsReader {
  private static let prefix = "ROLLCALL_"
  /// Variables that other commands read.
  private static let others: Set<String> = [name(of: ServerOption.key)]

  private let variables: [String: String]
  /// Names of the variables that were asked for.
  private(set) var known = Self.others

  /// Keeps what begins with `ROLLCALL_`, except what Kubernetes sets in pods beside a Service of the name `rollcall`.
  init(_ environment: [String: String]) {
    variables = environment.filter { name, value in
      name.hasPrefix(Self.prefix) && !value.isEmpty && !Self.isServiceLink(name)
    }
  }

  /// The names of variables that are no settings, in order.
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

  /// The values of a flag that may be given several times, between spaces or line ends: commas stand inside of values.
  mutating func list<Value>(_ key: String, _ convert: (String) throws -> Value) throws -> [Value] {
    try value(key) { text in try text.split(whereSeparator: \.isWhitespace).map { try convert(String($0)) } } ?? []
  }

  /// `ROLLCALL_SERVICE_HOST`, `ROLLCALL_PORT`, `ROLLCALL_PORT_8080_TCP_ADDR` and their like.
  private static func isServiceLink(_ name: String) -> Bool {
    name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.hasSuffix("_PORT")
      || name.contains("_PORT_")
  }
}
