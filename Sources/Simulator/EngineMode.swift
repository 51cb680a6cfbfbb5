/// How a simulated engine behaves.
package enum EngineMode: Hashable, Sendable {
  case ok
  /// Every answer is late by this time.
  case slow(Duration)
  /// Every answer is 500.
  case failing
  /// `/health` is 503 while everything else is served: a worker has died.
  case unhealthy
  /// Every answer is 200 with a body that is not JSON.
  case garbage
  /// Every body is shorter than its content-length, and then the connection closes.
  case truncated
  /// Every body is longer than 8 MiB.
  case huge
  /// The engine accepts connections and reads requests, but never answers.
  case hang
  /// The listener and every connection are closed: new connections are refused.
  case gone
  /// Healthy and listed, but its weights are not on the GPU (vLLM's sleep mode).
  case asleep
  /// A new process that is starting: its models are listed, but its health check does not pass yet.
  case loading
  /// The engine core hangs without work: health, list and metrics answer as ever, but no completion ends (recorded for
  /// vLLM).
  case frozen
  /// The engine core hangs during work: requests run and wait, but no token comes.
  case stuck

  /// All modes; `delay` applies to `slow` only.
  static func all(delay: Duration) -> [EngineMode] {
    [
      .ok, .slow(delay), .failing, .unhealthy, .garbage, .truncated, .huge, .hang, .gone, .asleep, .loading, .frozen,
      .stuck,
    ]
  }

  /// The name in `POST /_simulate/engines/{n}`.
  package var name: String {
    switch self {
    case .ok: "ok"
    case .slow: "slow"
    case .failing: "failing"
    case .unhealthy: "unhealthy"
    case .garbage: "garbage"
    case .truncated: "truncated"
    case .huge: "huge"
    case .hang: "hang"
    case .gone: "gone"
    case .asleep: "asleep"
    case .loading: "loading"
    case .frozen: "frozen"
    case .stuck: "stuck"
    }
  }

  /// The names of all modes, and of `restart`, which is a switch but not a mode.
  package static let names = all(delay: .zero).map(\.name) + ["restart"]

  /// nil when no mode has this name.
  package init?(name: String, delay: Duration) {
    guard let mode = Self.all(delay: delay).first(where: { $0.name == name }) else { return nil }
    self = mode
  }

  /// Whether the engine core computes.
  var isComputing: Bool {
    switch self {
    case .gone, .hang, .asleep, .loading, .frozen, .stuck: false
    default: true
    }
  }

  /// Whether requests wait for an answer until the mode ends.
  var keepsRequests: Bool { self == .hang || keepsCompletions }

  /// Whether completions wait for an answer until the mode ends.
  var keepsCompletions: Bool { self == .frozen || self == .stuck }
}
