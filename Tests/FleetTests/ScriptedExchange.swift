@testable import Fleet

/// A probe's conversation with an engine that answers this and 404 to all else, and what it was asked.
struct ScriptedExchange {
  var outcome: ProbeOutcome
  var asks: [EngineRequest] = []

  var report: EngineReport? { outcome.report }
  var paths: [String] { asks.map(\.path) }

  init(
    kind: EngineKind? = nil, detected: EngineKind? = nil, wantsVersion: Bool = true, skipping: Set<String> = [],
    proof: ProofRequest? = nil, otherwise: ExchangeResult = .response(EngineResponse(404, "")),
    _ replies: [String: ExchangeResult]
  ) async throws {
    let spec = try EngineSpec(url: "http://engine:8000", kind: kind?.rawValue)
    let request = ProbeRequest(
      spec: spec, detected: detected, wantsVersion: wantsVersion, skipping: skipping, proof: proof,
      timeout: .seconds(1))
    var asked: [EngineRequest] = []
    var conversation = ProbeScript(request) { ask in
      asked.append(ask)
      return replies[ask.path] ?? otherwise
    }
    outcome = await conversation.run()
    asks = asked
  }
}

extension ExchangeResult {
  static func ok(_ body: String, server: String = "") -> ExchangeResult {
    .response(EngineResponse(200, body, server: server))
  }
  static func status(_ status: Int, _ body: String = "") -> ExchangeResult { .response(EngineResponse(status, body)) }
}
