import FoundationEssentials

/// The meaning of statuses, in every dialect that does not define its own.
extension Dialect {
  enum HealthVerdict {
    case health(EngineHealth)
    case outcome(ProbeOutcome)
  }

  func verdict(onHealth result: ExchangeResult) -> HealthVerdict {
    let answer: EngineResponse
    switch result {
    case .failure(let failure): return .outcome(failure.outcome)
    case .response(let response): answer = response
    }
    if let health = self.health(answer) { return .health(health) }
    if answer.isSuccess { return .health(.serving) }
    if let reason = answer.loadingReason { return .health(.loading(reason)) }
    let text = "GET \(healthPath): \(answer.status)"
    if answer.isNotNow { return .health(.notNow(text, wait: answer.retryAfter)) }
    switch answer.status {
    case 300..<400, 404, 405, 501: return .health(.untold)
    case 401, 403: return .outcome(.refused(answer.keyReason))
    case 500...: return .health(.unwell(text))
    default: return .outcome(.broken(text))
    }
  }

  /// The outcome of a probe whose list did not arrive.
  func outcome(_ health: EngineHealth, without list: ProbeOutcome, _ results: ExchangeResults) -> ProbeOutcome {
    let answers = [healthPath, self.list.path].compactMap { results[$0]?.response }
    // A proxy answers like this when no engine is behind it.
    if case .unwell = health, answers.count == 2, answers.allSatisfy({ $0.isGatewayError && !$0.isNotNow }) {
      return .down(
        "no engine behind the proxy: \(answers[0].status) for \(healthPath) and \(answers[1].status) for the list")
    }
    if case .notNow = list, case .unwell = health { return list }
    // The list of an engine that does not serve is optional.
    return health.outcome(nil) ?? list
  }

  enum ListVerdict {
    case list(ModelList)
    case outcome(ProbeOutcome)
  }

  func verdict(onList result: ExchangeResult) -> ListVerdict {
    let text = "\(list.body == nil ? "GET" : "POST") \(list.path)"
    let answer: EngineResponse
    switch result {
    case .failure(let failure): return .outcome(failure.outcome)
    case .response(let response): answer = response
    }
    if answer.isSuccess {
      do throws(MalformedList) {
        return .list(try readsList(answer))
      } catch {
        return .outcome(.broken("\(text): \(error.reason)"))
      }
    }
    if let reason = answer.loadingReason { return .outcome(.loading(reason)) }
    if answer.isNotNow { return .outcome(.notNow("\(text): \(answer.status)", wait: answer.retryAfter)) }
    switch answer.status {
    case 401, 403: return .outcome(.refused(answer.keyReason))
    case 502, 503, 504: return .outcome(.down("\(text): \(answer.status)"))
    default: return .outcome(.broken("\(text): \(answer.statusText)"))
    }
  }
}

extension EngineHealth {
  /// The outcome of a probe that found this health, with the models that the engine listed.
  func outcome(_ report: EngineReport?) -> ProbeOutcome? {
    switch self {
    case .serving, .untold: report.map { .healthy($0) }
    case .notNow(let reason, let wait): .notNow(reason, wait: wait, report)
    case .loading(let reason): .loading(reason, report)
    case .draining(let reason): .draining(reason, report)
    case .unwell(let reason): .unhealthy(reason, report)
    }
  }
}

extension EngineResponse {
  fileprivate var keyReason: String { "\(status): check the key" }

  /// llama.cpp (recorded): `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`.
  fileprivate var loadingReason: String? {
    guard status == 503, decoded(Failure.self)?.error.message == "Loading model" else { return nil }
    return "Loading model"
  }

  private struct Failure: Decodable {
    var error: Detail

    struct Detail: Decodable {
      var message: String
    }
  }
}
