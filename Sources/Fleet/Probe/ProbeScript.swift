import FoundationEssentials
import Scrape

/// The requests of one probe, in order: health, the list, what else the dialect reads, seldom the version and a proof
/// of life, the load, and the metrics. Knows no sockets: `exchange` has them.
package struct ProbeScript {
  package let request: ProbeRequest
  let exchange: (EngineRequest) async -> ExchangeResult

  private var replies: ExchangeResults = [:]
  /// What the engine does not have, of what it may lack.
  private var missing: Set<String> = []

  package init(_ request: ProbeRequest, exchange: @escaping (EngineRequest) async -> ExchangeResult) {
    self.request = request
    self.exchange = exchange
  }

  package mutating func run() async -> ProbeOutcome {
    if let kind = request.spec.kind { return await run(kind.dialect) }
    if let kind = request.detected {
      let outcome = await run(kind.dialect)
      // What makes no sense in a dialect that was detected earlier may be said in another.
      guard case .broken = outcome else { return outcome }
    }
    switch await detect() {
    case .kind(let kind): return await run(kind.dialect)
    case .outcome(let outcome): return outcome
    }
  }

  private mutating func run(_ dialect: Dialect) async -> ProbeOutcome {
    let health: EngineHealth
    switch dialect.verdict(onHealth: await ask(EngineRequest(dialect.healthPath))) {
    case .outcome(let outcome): return outcome
    case .health(let told): health = told
    }
    let list: ModelList
    switch dialect.verdict(onList: await ask(dialect.list)) {
    case .list(let read): list = read
    // Of an engine that does not serve the list is no more than what may be there.
    case .outcome(let outcome): return health.outcome(nil) ?? outcome
    }
    // Another kind of engine may have been started at the address since its kind was detected.
    if request.spec.kind == nil, let kind = recognised(dialect, list), kind != dialect.kind {
      return await run(kind.dialect)
    }
    for path in dialect.morePaths {
      _ = await ask(EngineRequest(path))
    }
    do throws(MalformedList) {
      var report = EngineReport(kind: dialect.kind, models: try dialect.models(list, replies))
      report.version = await version(dialect)
      report.resources = dialect.resources(list, replies)
      if health == .serving { await readWork(dialect, into: &report) }
      report.missing = missing
      return health.outcome(report) ?? .healthy(report)
    } catch {
      return .broken("\(dialect.list.path): \(error.reason)")
    }
  }

  /// What a serving engine does; of this nothing makes it unwell.
  private mutating func readWork(_ dialect: Dialect, into report: inout EngineReport) async {
    if let proof = request.proof { report.proof = await prove(dialect, proof) }
    if let path = dialect.loadPath { report.serverLoad = await optional(EngineRequest(path)).flatMap(dialect.load) }
    guard let metrics = dialect.metrics else { return }
    var ask = EngineRequest(metrics.path, limit: EngineRequest.listLimit)
    ask.accept = "text/plain"
    report.scrape = await optional(ask).map { Scrape($0.body.span, metrics.table) }
  }

  /// nil: it has gone meanwhile, as the next probe will tell.
  private func prove(_ dialect: Dialect, _ proof: ProofRequest) async -> Proof? {
    guard var ask = dialect.proof?(proof.modelID) else { return .unclear("it cannot be asked") }
    ask.timeout = proof.timeout
    switch await exchange(ask) {
    case .failure(.connectionRefused): return nil
    case .failure(.timedOut): return .failed("no token within \(proof.timeout)")
    case .failure(let failure): return .failed("no token: \(failure.words)")
    case .response(let answer) where answer.isSuccess: return .passed
    case .response(let answer) where [500, 504].contains(answer.status):
      return .failed("no token: POST \(ask.path): \(answer.status)")
    // It does not take such requests (501 of embeddings), or no more for now (429, 503): what hangs does not answer.
    case .response(let answer): return .unclear("POST \(ask.path): \(answer.status)")
    }
  }

  private mutating func version(_ dialect: Dialect) async -> String? {
    guard request.wantsVersion else { return nil }
    guard let path = dialect.versionPath else { return "" }
    return await ask(EngineRequest(path)).response.map(dialect.version)
  }

  private enum Detection {
    case kind(EngineKind)
    case outcome(ProbeOutcome)
  }

  private mutating func detect() async -> Detection {
    let generic = OpenAI.dialect
    let reply = await ask(generic.list)
    switch generic.verdict(onList: reply) {
    case .list(let list):
      if let kind = recognised(generic, list) { return .kind(kind) }
      return await signed { $0.list == generic.list } ?? .kind(generic.kind)
    case .outcome(let outcome):
      // It may have its list elsewhere.
      guard let status = reply.response?.status, [400, 404, 405].contains(status) else { return .outcome(outcome) }
      return await signed { $0.list != generic.list } ?? .outcome(outcome)
    }
  }

  /// Looks for the signatures of some dialects; nil if the engine bears none of them.
  private mutating func signed(_ isAskedFor: (Dialect) -> Bool) async -> Detection? {
    for dialect in EngineKind.allCases.map(\.dialect) where isAskedFor(dialect) {
      guard let signature = dialect.signature else { continue }
      switch await ask(EngineRequest(signature.path)) {
      // Lost on its way, which says nothing of the kind.
      case .failure(let failure): return .outcome(failure.outcome)
      case .response(let answer): if signature.isBorne(answer) { return .kind(dialect.kind) }
      }
    }
    return nil
  }

  /// Whose signature the answer to a dialect's list bears.
  private func recognised(_ dialect: Dialect, _ list: ModelList) -> EngineKind? {
    guard let answer = replies[dialect.list.path]?.response else { return nil }
    return EngineKind.allCases.first { $0.dialect.list == dialect.list && $0.dialect.recognises(answer, list) }
  }

  /// The answer of a path that the engine may lack; nil when it has none.
  private mutating func optional(_ question: EngineRequest) async -> EngineResponse? {
    guard !request.skipping.contains(question.path), let answer = await ask(question).response else { return nil }
    // Triton: 400 to whatever it does not know.
    if [400, 404, 405, 501].contains(answer.status) { missing.insert(question.path) }
    return answer.isSuccess ? answer : nil
  }

  private mutating func ask(_ question: EngineRequest) async -> ExchangeResult {
    if let known = replies[question.path] { return known }
    let reply = await exchange(question)
    replies[question.path] = reply
    return reply
  }
}
