/// How a simulated engine behaves.
package enum EngineMode: Hashable, Sendable {
  case ok
  /// Every answer comes this much later.
  case slow(Duration)
  /// Every answer is 500.
  case failing
  /// `/health` is 503 while everything else is served: a worker has died.
  case unhealthy
  /// Every answer is 200 with a body that is no JSON.
  case garbage
  /// Every body is cut short of its content-length and the connection closed.
  case truncated
  /// Every body is longer than 8 MiB.
  case huge
  /// Connections are accepted, requests read, nothing is ever answered.
  case hang
  /// The listener is closed and every connection cut: connections are refused.
  case gone
  /// Healthy and listed, but the weights are away (vLLM's sleep mode).
  case asleep
  /// Starting: listed, but its health says not yet. It is a new process.
  case loading
  /// The engine core hangs and shows no work: health, list and metrics as ever, no completion ends (recorded for vLLM).
  case frozen
  /// The engine core hangs in the midst of work: requests run and wait, no token comes.
  case stuck

  /// Every mode; `delay` matters to `slow` alone.
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

  /// The names, and that of a switch that is no mode.
  package static let names = all(delay: .zero).map(\.name) + ["restart"]

  /// nil when there is no mode of that name.
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

  /// Whether completions do.
  var keepsCompletions: Bool { self == .frozen || self == .stuck }
}
