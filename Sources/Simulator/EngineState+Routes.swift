internal import NIOHTTP1

/// The routes of vLLM's API server, and its checks before a route (vLLM 0.32).
extension EngineState {
  private struct Route: Sendable {
    var methods: [HTTPMethod]
    var answer: @Sendable (inout EngineState, SimulatedRequest, _ now: Double) -> SimulatedAnswer
  }

  private static let routes: [String: Route] = [
    "/health": Route(methods: [.GET]) { state, _, _ in state.health },
    "/ping": Route(methods: [.GET, .POST]) { state, _, _ in state.health },
    "/version": Route(methods: [.GET]) { _, _, _ in .json(#"{"version":"0.32.0"}"#) },
    "/load": Route(methods: [.GET]) { state, _, _ in
      let reading = state.traffic.reading(in: state.mode)
      return .json(#"{"server_load":\#(Int(reading.running + reading.waiting))}"#)
    },
    "/metrics": Route(methods: [.GET]) { state, _, now in state.metrics.answer(now: now) },
    "/is_sleeping": Route(methods: [.GET]) { state, _, _ in .json(#"{"is_sleeping":\#(state.mode == .asleep)}"#) },
    "/sleep": Route(methods: [.POST]) { state, _, now in
      if state.mode.isComputing { state.turn(to: .asleep, now: now) }
      return .json(#"{"status":"sleeping","level":1}"#)
    },
    "/wake_up": Route(methods: [.POST]) { state, _, now in
      if state.mode == .asleep { state.turn(to: .ok, now: now) }
      return SimulatedAnswer()
    },
    "/v1/models": Route(methods: [.GET]) { state, _, now in .json(state.models.list(created: Int(now))) },
    "/v1/load_lora_adapter": Route(methods: [.POST]) { state, request, _ in state.loadAdapter(request.body) },
    "/v1/unload_lora_adapter": Route(methods: [.POST]) { state, request, _ in state.unloadAdapter(request.body) },
    "/v1/chat/completions": Route(methods: [.POST]) { state, request, now in
      state.complete(request.body, chat: true, now: now)
    },
    "/v1/completions": Route(methods: [.POST]) { state, request, now in
      state.complete(request.body, chat: false, now: now)
    },
  ]

  private var health: SimulatedAnswer {
    SimulatedAnswer(mode == .unhealthy || mode == .loading ? .serviceUnavailable : .ok)
  }

  /// Whether the engine core answers the request; otherwise the API server answers it alone.
  static func isCompletion(_ request: SimulatedRequest) -> Bool {
    request.path.hasSuffix("/completions")
  }

  /// The answer of a healthy engine.
  mutating func answer(to request: SimulatedRequest, now: Double) -> SimulatedAnswer {
    var answer = route(request, now: now)
    answered(path: Self.routes[request.path] == nil ? "none" : request.path, status: answer.status)
    // The key check answers before the middleware that adds this header.
    if answer.status != .unauthorized { answer.headers.append(("vary", "Origin")) }
    return answer
  }

  private mutating func route(_ request: SimulatedRequest, now: Double) -> SimulatedAnswer {
    if let key, request.path.hasPrefix("/v1"), request.headers.first(name: "authorization") != "Bearer \(key)" {
      return .json(#"{"error":"Unauthorized"}"#, status: .unauthorized)
    }
    guard let route = Self.routes[request.path] else {
      return redirect(request) ?? .json(#"{"detail":"Not Found"}"#, status: .notFound)
    }
    guard route.methods.contains(request.method) else {
      var refused = SimulatedAnswer.json(#"{"detail":"Method Not Allowed"}"#, status: .methodNotAllowed)
      refused.headers = [("allow", route.methods.map(\.rawValue).joined(separator: ", "))]
      return refused
    }
    return route.answer(&self, request, now)
  }

  /// Redirects a known path with a trailing slash to the path without it; nil for any other path.
  private func redirect(_ request: SimulatedRequest) -> SimulatedAnswer? {
    guard request.path.hasSuffix("/") else { return nil }
    let path = String(request.path.dropLast())
    guard Self.routes[path] != nil, let host = request.headers.first(name: "host") else { return nil }
    let query = request.query.map { "?" + $0 } ?? ""
    return SimulatedAnswer(.temporaryRedirect, headers: [("location", "http://\(host)\(path)\(query)")])
  }
}
