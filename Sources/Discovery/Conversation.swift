/// The questions of one probe, in order: health, the list, what else the dialect reads, and seldom the version. Knows
/// no sockets: `exchange` has them.
struct Conversation {
  let request: ProbeRequest
  let exchange: (Ask) async -> Reply

  private var replies: Replies = [:]

  init(_ request: ProbeRequest, exchange: @escaping (Ask) async -> Reply) {
    self.request = request
    self.exchange = exchange
  }

  mutating func run() async -> ProbeOutcome {
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
    if let verdict = dialect.verdict(onHealth: await ask(dialect.healthPath)) { return verdict }
    let list: ModelList
    switch Dialect.verdict(onList: await ask(Dialect.listPath)) {
    case .list(let read): list = read
    case .outcome(let outcome): return outcome
    }
    // Another kind of engine may have been started at the address since its kind was detected.
    if request.spec.kind == nil, let kind = recognised(list), kind != dialect.kind { return await run(kind.dialect) }
    for path in dialect.morePaths {
      _ = await ask(path)
    }
    do throws(MalformedList) {
      let models = try dialect.models(list, replies)
      return .healthy(EngineReport(kind: dialect.kind, version: await version(dialect), models: models))
    } catch {
      return .broken("GET \(Dialect.listPath): \(error.reason)")
    }
  }

  private mutating func version(_ dialect: Dialect) async -> String? {
    guard request.wantsVersion else { return nil }
    guard let path = dialect.versionPath else { return "" }
    return await ask(path).answer.map(dialect.version)
  }

  private enum Detection {
    case kind(EngineKind)
    case outcome(ProbeOutcome)
  }

  private mutating func detect() async -> Detection {
    let reply = await ask(Dialect.listPath)
    switch Dialect.verdict(onList: reply) {
    case .list(let list):
      if let kind = recognised(list) { return .kind(kind) }
      switch await ask(Dialect.ollamaVersionPath) {
      // Lost on its way, which says nothing of the kind.
      case .failure(let failure): return .outcome(failure.outcome)
      case .answer(let answer): return .kind(VersionAnswer.read(answer).isEmpty ? .openai : .ollama)
      }
    case .outcome(let outcome):
      return .outcome(outcome)
    }
  }

  private func recognised(_ list: ModelList) -> EngineKind? {
    guard let answer = replies[Dialect.listPath]?.answer else { return nil }
    return EngineKind.allCases.first { $0.dialect.recognises(answer, list) }
  }

  private mutating func ask(_ path: String) async -> Reply {
    if let known = replies[path] { return known }
    let reply = await exchange(Ask(path, limit: path == Dialect.listPath ? Ask.listLimit : Ask.otherLimit))
    replies[path] = reply
    return reply
  }
}
