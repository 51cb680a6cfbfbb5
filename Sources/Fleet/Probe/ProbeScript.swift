import FoundationEssentials
import Scrape

/// The requests of one probe, in order: health, the list, the dialect's other paths, seldom the version and a proof of
/// life, the load, and the metrics. It has no sockets: `exchange` has them.
///
/// Only a path that costs nothing on the engine's kind is asked, as its dialect says, or one that its description
/// names. The list decides; what a kind has beside it is optional until the engine has shown it, unless the kind was
/// given.
package struct ProbeScript {
  package let request: ProbeRequest
  let exchange: (EngineRequest) async -> ExchangeResult

  private var results: ExchangeResults = [:]
  /// Paths that the engine does not have, of those that it may lack.
  private var missing: Set<String> = []
  /// Whether the health at the dialect's path has once answered well.
  private var knowsHealth: Bool

  package init(_ request: ProbeRequest, exchange: @escaping (EngineRequest) async -> ExchangeResult) {
    self.request = request
    self.exchange = exchange
    knowsHealth = request.knowsHealth
  }

  package mutating func run() async -> ProbeOutcome {
    if let kind = request.spec.kind { return await run(kind.dialect) }
    if let kind = request.detected {
      let outcome = await run(kind.dialect)
      // An answer that makes no sense in the detected dialect may make sense in another.
      guard case .broken = outcome else { return outcome }
    }
    switch await detect() {
    case .found(let kind, let listed): return await run(kind.dialect, listed)
    case .outcome(let outcome): return outcome
    }
  }

  /// A list and the answer that holds it.
  private struct Listed {
    var list: ModelList
    var answer: EngineResponse

    static let none = Listed(list: ModelList(), answer: EngineResponse(status: 404))
  }

  /// `found`: the list by which the kind was found; nil: none yet.
  private mutating func run(_ dialect: Dialect, _ found: Listed? = nil) async -> ProbeOutcome {
    var health = EngineHealth.untold
    // The health of a kind that was only detected is asked after the list, which shows whether it is that kind still.
    if isHealthGiven, found == nil {
      switch await self.health(dialect) {
      case .outcome(let outcome): return outcome
      case .health(let reported): health = reported
      }
    }
    var listed: Listed
    switch await list(dialect, found) {
    case .outcome(let outcome): return await self.outcome(dialect, health, without: outcome)
    case .listed(let read): listed = read
    }
    if request.spec.kind == nil, found == nil {
      switch await confirm(dialect, listed) {
      case .outcome(let outcome): return outcome
      case .found(let kind, let list):
        // Another kind of engine was started at the address since its kind was detected.
        if kind != dialect.kind {
          knowsHealth = false
          return await run(kind.dialect, list)
        }
      }
    }
    switch await self.health(dialect, beside: listed.answer) {
    case .outcome(let outcome): return outcome
    case .health(let reported): health = reported
    }
    return await report(dialect, listed, health)
  }

  /// The outcome of a probe whose list did not arrive, with the health that was asked before, or is asked now.
  private mutating func outcome(
    _ dialect: Dialect, _ health: EngineHealth, without list: ProbeOutcome
  ) async -> ProbeOutcome {
    var health = health
    switch list {
    case .broken, .down:
      // A request that was lost would be lost again.
      guard knowsHealth, !isHealthGiven, results[request.lists(dialect)[0].path]?.response != nil else { break }
      switch await self.health(dialect) {
      case .outcome(let outcome): return outcome
      case .health(let reported): health = reported
      }
    default: break
    }
    return dialect.outcome(health, without: list, results, request)
  }

  private mutating func report(_ dialect: Dialect, _ listed: Listed, _ health: EngineHealth) async -> ProbeOutcome {
    var open: Set<DialectPart.Fact> = []
    for part in dialect.parts {
      if part.isOptional, request.skipping.contains(part.path) { continue }
      let result = await send(EngineRequest(part.path))
      if case .failure(.own(let failure)) = result { return .ownFailure(failure) }
      if part.isOptional, let answer = result.response, answer.isAbsence {
        missing.insert(part.path)
      } else if result.response.map(part.isWhole) != true {
        open.formUnion(part.facts)
      }
    }
    var report = EngineReport(kind: dialect.kind, models: dialect.models(listed.list, results))
    report.remark = listed.list.remark
    report.keep(atMost: request.modelLimit, isCut: listed.list.isCut)
    report.open = open
    let answer = dialect.healthPath.flatMap { results[$0]?.response }
    report.hasHealth = answer.map { $0.isSuccess && !$0.isPage } ?? false
    report.version = await version(dialect)
    report.resources = dialect.resources(listed.list, results)
    if [.serving, .untold].contains(health) { await readWork(dialect, into: &report) }
    report.missing = missing
    return health.outcome(report) ?? .healthy(report)
  }

  /// Reads what a serving engine does; no failure here makes it unhealthy.
  private mutating func readWork(_ dialect: Dialect, into report: inout EngineReport) async {
    if let proof = request.proof {
      report.proof = await ProofScript(proof: proof, dialect: dialect, exchange: exchange).run()
    }
    if let path = dialect.loadPath { report.serverLoad = await optional(EngineRequest(path)).flatMap(dialect.load) }
    guard let metrics = dialect.metrics, request.spec.paths.readsMetrics, dialect.hasFreeMetrics(results) else {
      return
    }
    var scrape = EngineRequest(metrics.path, limit: EngineRequest.listLimit)
    scrape.accept = "text/plain"
    report.scrape = await optional(scrape).map { Scrape($0.body.span, metrics.table) }
    report.noteProblem(ofMetrics: results[metrics.path], at: metrics.path, request)
  }

  private mutating func version(_ dialect: Dialect) async -> String? {
    guard request.wantsVersion else { return nil }
    guard let path = dialect.versionPath else { return "" }
    return await send(EngineRequest(path)).response.map(dialect.version)
  }

  // MARK: - Health

  /// Whether the engine's description says that it has a health.
  private var isHealthGiven: Bool { request.spec.kind != nil || request.spec.paths.health != nil }

  /// Asks for the health. `listed`: the answer with the list; nil: it was not asked for yet.
  private mutating func health(_ dialect: Dialect, beside listed: EngineResponse? = nil) async -> HealthVerdict {
    guard let path = request.spec.paths.health ?? dialect.healthPath else { return .health(.untold) }
    let verdict = dialect.verdict(onHealth: await send(EngineRequest(path)), at: path, request)
    guard !isHealthGiven, !knowsHealth else { return verdict }
    switch verdict {
    case .outcome(.ownFailure): return verdict
    case .health(.unwell), .health(.notNow):
      // Whatever stands before the engine may answer in its place, and pass the list alone.
      let isOwn = results[path]?.response.map { $0.server == listed?.server && !$0.isProxy } ?? false
      return isOwn ? verdict : .health(.untold)
    case .outcome: return .health(.untold)
    case .health: return verdict
    }
  }

  // MARK: - The list and the kind

  private enum ListReading {
    case listed(Listed)
    case outcome(ProbeOutcome)
  }

  private mutating func list(_ dialect: Dialect, _ found: Listed?) async -> ListReading {
    if let found { return .listed(found) }
    let asks = request.lists(dialect)
    // An engine that lacks the first path is not asked for it each time.
    let order = asks.filter { !request.skipping.contains($0.path) } + asks.filter { request.skipping.contains($0.path) }
    var first: ProbeOutcome?
    for ask in order {
      let result = await send(ask)
      switch dialect.verdict(onList: result, to: ask, request) {
      case .list(let list): if let answer = result.response { return .listed(Listed(list: list, answer: answer)) }
      case .outcome(let outcome):
        first = first ?? outcome
        // An ingress may answer a page for people wherever there is nothing.
        guard let answer = result.response, answer.isAbsence || answer.isSuccess && answer.isPage else {
          return .outcome(outcome)
        }
        missing.insert(ask.path)
      }
    }
    // The path that engines usually have is the one to name.
    let usual = asks[0]
    if let result = results[usual.path], case .outcome(let named) = dialect.verdict(onList: result, to: usual, request)
    {
      first = named
    }
    return .outcome(first ?? .broken("it has no path for a list"))
  }

  private enum Detection {
    case found(EngineKind, Listed?)
    case outcome(ProbeOutcome)
  }

  private mutating func detect() async -> Detection {
    switch await list(OpenAI.dialect, nil) {
    case .listed(let listed): return await recognise(listed)
    case .outcome(let outcome):
      // The engine may have its list in a form of its own, unless its description says where it is.
      let usual = Set(OpenAI.dialect.lists.map(\.path))
      guard request.spec.paths.list == nil, missing.isSuperset(of: usual) else { return .outcome(outcome) }
      for kind in EngineKind.allCases where !kind.dialect.lists.allSatisfy({ usual.contains($0.path) }) {
        switch await signs(of: kind, .none) {
        case .success(let count): if count >= 2 { return .found(kind, nil) }
        case .failure(let failure): return .outcome(.ownFailure(failure))
        }
      }
      return .outcome(outcome)
    }
  }

  /// Decides whether an engine is still of the kind that it was.
  private mutating func confirm(_ dialect: Dialect, _ listed: Listed) async -> Detection {
    guard dialect.hasListSigns || dialect.kind == .openai else {
      // Its signs are beside the list. They are asked for when its version is: it may be another process.
      guard request.wantsVersion else { return .found(dialect.kind, listed) }
      switch await signs(of: dialect.kind, .none) {
      case .success(let count): return count >= 2 ? .found(dialect.kind, listed) : await detect()
      case .failure(let failure): return .outcome(.ownFailure(failure))
      }
    }
    let own = dialect.listSigns(listed.list, listed.answer)
    if own >= 2 { return .found(dialect.kind, listed) }
    // An empty list shows nothing.
    if listed.list.cards.isEmpty, dialect.kind != .openai { return .found(dialect.kind, listed) }
    let isOther = EngineKind.allCases.contains {
      $0 != dialect.kind && $0.dialect.listSigns(listed.list, listed.answer) >= 2
    }
    if own == 1, !isOther, !request.wantsVersion { return .found(dialect.kind, listed) }
    return await recognise(listed)
  }

  /// Finds the kind of which two signs agree: those in the list first, because they cost no request.
  private mutating func recognise(_ listed: Listed) async -> Detection {
    var candidates: [(kind: EngineKind, count: Int)] = []
    for kind in EngineKind.allCases {
      let count = kind.dialect.listSigns(listed.list, listed.answer)
      if count >= 2 { return .found(kind, listed) }
      if count == 1 { candidates.append((kind, count)) }
    }
    for (kind, count) in candidates {
      switch await signs(of: kind, listed) {
      case .success(let more): if count + more >= 2 { return .found(kind, listed) }
      case .failure(let failure): return .outcome(.ownFailure(failure))
      }
    }
    return .found(.openai, listed)
  }

  /// Counts a kind's signs at paths beside the list.
  private mutating func signs(of kind: EngineKind, _ listed: Listed) async -> Result<Int, OwnFailure> {
    var count = 0
    var strange: Set<String> = []
    var shown: Set<String> = []
    for case .answer(let path, let matches) in kind.dialect.signs where !request.skipping.contains(path) {
      switch await send(EngineRequest(path)) {
      case .failure(.own(let failure)): return .failure(failure)
      case .failure(let failure):
        // A request that was lost shows nothing against the kind that the engine had. A path that hangs would take the
        // time of each probe.
        if kind == request.detected { count += 1 } else if failure == .unanswered { strange.insert(path) }
      case .response(let answer):
        if matches(answer, listed.list) {
          count += 1
          shown.insert(path)
        } else if answer.isAbsence || answer.isSuccess && !listed.list.cards.isEmpty {
          strange.insert(path)
        }
      }
    }
    // They are not asked for again each time.
    missing.formUnion(strange.subtracting(shown))
    return .success(count)
  }

  /// The successful answer of a path that the engine may lack; nil when there is none.
  private mutating func optional(_ optional: EngineRequest) async -> EngineResponse? {
    guard !request.skipping.contains(optional.path), let answer = await send(optional).response else { return nil }
    if answer.isAbsence { missing.insert(optional.path) }
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
