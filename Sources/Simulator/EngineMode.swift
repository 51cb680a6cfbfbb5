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
    }
  }

  /// nil when there is no mode of that name. `delay` matters to `slow` alone.
  package init?(name: String, delay: Duration) {
    let modes: [EngineMode] = [
      .ok, .slow(delay), .failing, .unhealthy, .garbage, .truncated, .huge, .hang, .gone, .asleep,
    ]
    guard let mode = modes.first(where: { $0.name == name }) else { return nil }
    self = mode
  }
}
