@testable import Fleet

/// A probe's conversation with an engine that answers this and 404 to all else, and what it was asked.
struct Talk {
  var outcome: ProbeOutcome
  var asks: [Ask] = []

  var report: EngineReport? { outcome.report }
  var paths: [String] { asks.map(\.path) }

  init(
    kind: EngineKind? = nil, detected: EngineKind? = nil, wantsVersion: Bool = true, skipping: Set<String> = [],
    proof: ProofRequest? = nil, otherwise: Reply = .answer(Answer(404, "")), _ replies: [String: Reply]
  ) async throws {
    let spec = try EngineSpec(url: "http://engine:8000", kind: kind?.rawValue)
    let request = ProbeRequest(
      spec: spec, detected: detected, wantsVersion: wantsVersion, skipping: skipping, proof: proof,
      timeout: .seconds(1))
    var asked: [Ask] = []
    var conversation = Conversation(request) { ask in
      asked.append(ask)
      return replies[ask.path] ?? otherwise
    }
    outcome = await conversation.run()
    asks = asked
  }
}

extension Reply {
  static func ok(_ body: String, server: String = "") -> Reply { .answer(Answer(200, body, server: server)) }
  static func status(_ status: Int, _ body: String = "") -> Reply { .answer(Answer(status, body)) }
}
