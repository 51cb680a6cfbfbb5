import FoundationEssentials
import Scrape

/// The requests of one probe, in order: health, the list, the dialect's other paths, seldom the version and a proof of
/// life, the load, and the metrics. It has no sockets: `exchange` has them.
package struct ProbeScript {
  package let request: ProbeRequest
  let exchange: (EngineRequest) async -> ExchangeResult

  private var results: ExchangeResults = [:]
  /// Paths that the engine does not have, of those that it may lack.
  private var missing: Set<String> = []

  package init(_ request: ProbeRequest, exchange: @escaping (EngineRequest) async -> ExchangeResult) {
    self.request = request
    self.exchange = exchange
  }

  package mutating func run() async -> ProbeOutcome {
    if let kind = request.spec.kind { return await run(kind.dialect) }
    if let kind = request.detected {
      let outcome = await run(kind.dialect)
      // An answer that makes no sense in the detected dialect may make sense in another.
      guard case .broken = outcome else { return outcome }
    }
    switch await detect() {
    case .kind(let kind): return await run(kind.dialect)
    case .outcome(let outcome): return outcome
    }
  }

  private mutating func run(_ dialect: Dialect) async -> ProbeOutcome {
    let health: EngineHealth
    switch dialect.verdict(onHealth: await send(EngineRequest(dialect.healthPath))) {
    case .outcome(let outcome): return outcome
    case .health(let reported): health = reported
    }
    let list: ModelList
    switch dialect.verdict(onList: await send(dialect.list)) {
    case .list(let read): list = read
    case .outcome(let outcome): return dialect.outcome(health, without: outcome, results)
    }
    // Another kind of engine may have been started at the address since its kind was detected.
    if request.spec.kind == nil {
      if let kind = recognised(dialect, list) {
        if kind != dialect.kind { return await run(kind.dialect) }
      } else if health == .untold, dialect.kind != .openai {
        // Neither the health nor the list is of the detected kind.
        switch await detect() {
        case .kind(let kind): if kind != dialect.kind { return await run(kind.dialect) }
        case .outcome(let outcome): return outcome
        }
      }
    }
    var open: Set<DialectPart.Fact> = []
    for part in dialect.parts {
      let result = await send(EngineRequest(part.path))
      if case .failure(.own(let failure)) = result { return .ownFailure(failure) }
      if result.response.map(part.isWhole) != true { open.formUnion(part.facts) }
    }
    do throws(MalformedList) {
      var report = EngineReport(kind: dialect.kind, models: try dialect.models(list, results))
      report.open = open
      report.version = await version(dialect)
      report.resources = dialect.resources(list, results)
      if [.serving, .untold].contains(health) { await readWork(dialect, into: &report) }
      report.missing = missing
      return health.outcome(report) ?? .healthy(report)
    } catch {
      return .broken("\(dialect.list.path): \(error.reason)")
    }
  }

  /// Reads what a serving engine does; no failure here makes it unhealthy.
  private mutating func readWork(_ dialect: Dialect, into report: inout EngineReport) async {
    if let proof = request.proof {
      report.proof = await ProofScript(proof: proof, dialect: dialect, exchange: exchange).run()
    }
    if let path = dialect.loadPath { report.serverLoad = await optional(EngineRequest(path)).flatMap(dialect.load) }
    guard let metrics = dialect.metrics else { return }
    var scrape = EngineRequest(metrics.path, limit: EngineRequest.listLimit)
    scrape.accept = "text/plain"
    report.scrape = await optional(scrape).map { Scrape($0.body.span, metrics.table) }
    report.metricsProblem = results[metrics.path]?.metricsProblem(report).map { "GET \(metrics.path): \($0)" }
  }

  private mutating func version(_ dialect: Dialect) async -> String? {
    guard request.wantsVersion else { return nil }
    guard let path = dialect.versionPath else { return "" }
    return await send(EngineRequest(path)).response.map(dialect.version)
  }

  private enum Detection {
    case kind(EngineKind)
    case outcome(ProbeOutcome)
  }

  private mutating func detect() async -> Detection {
    let generic = OpenAI.dialect
    let result = await send(generic.list)
    switch generic.verdict(onList: result) {
    case .list(let list):
      if let kind = recognised(generic, list) { return .kind(kind) }
      return await signed { $0.list == generic.list } ?? .kind(generic.kind)
    case .outcome(let outcome):
      // The engine may have its list at another path.
      guard let status = result.response?.status, [400, 404, 405].contains(status) else { return .outcome(outcome) }
      return await signed { $0.list != generic.list } ?? .outcome(outcome)
    }
  }

  /// Looks for the signatures of the candidates; nil if the engine bears none of them.
  private mutating func signed(_ isCandidate: (Dialect) -> Bool) async -> Detection? {
    for dialect in EngineKind.allCases.map(\.dialect) where isCandidate(dialect) {
      guard let signature = dialect.signature else { continue }
      switch await send(EngineRequest(signature.path)) {
      // The request was lost, which does not show the kind.
      case .failure(let failure): return .outcome(failure.outcome)
      case .response(let answer): if signature.matches(answer) { return .kind(dialect.kind) }
      }
    }
    return nil
  }

  /// The kind whose signature the answer to a dialect's list bears; nil if there is none.
  private func recognised(_ dialect: Dialect, _ list: ModelList) -> EngineKind? {
    guard let answer = results[dialect.list.path]?.response else { return nil }
    return EngineKind.allCases.first { $0.dialect.list == dialect.list && $0.dialect.recognises(answer, list) }
  }

  /// The successful answer of a path that the engine may lack; nil when there is none.
  private mutating func optional(_ optional: EngineRequest) async -> EngineResponse? {
    guard !request.skipping.contains(optional.path), let answer = await send(optional).response else { return nil }
    // Triton answers 400 to every path that it does not know.
    if [400, 404, 405, 501].contains(answer.status) { missing.insert(optional.path) }
    return answer.isSuccess ? answer : nil
  }

  /// Sends a request and keeps the result; a path that was requested in this probe is not requested again.
  private mutating func send(_ request: EngineRequest) async -> ExchangeResult {
    if let known = results[request.path] { return known }
    let result = await exchange(request)
    results[request.path] = result
    return result
  }
}

extension ExchangeResult {
  /// Why an answer with metrics gave no readings; nil when it did, and when a lost packet may be the cause.
  fileprivate func metricsProblem(_ report: EngineReport) -> String? {
    switch self {
    case .response(let answer):
      if [401, 403].contains(answer.status) { return "\(answer.status): check the key" }
      guard answer.isSuccess else { return "\(answer.status)" }
      return report.scrape?.isEmpty == true ? "no metric of \(report.kind.rawValue)" : nil
    case .failure(let failure):
      if case .broken(let text) = failure.outcome { return text }
      return nil
    }
  }
}
