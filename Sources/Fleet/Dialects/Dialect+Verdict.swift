import FoundationEssentials

/// The meaning of an answer about health.
enum HealthVerdict {
  case health(EngineHealth)
  case outcome(ProbeOutcome)
}

/// The meaning of an answer to the request for the list.
enum ListVerdict {
  case list(ModelList)
  case outcome(ProbeOutcome)
}

/// The meaning of statuses, in every dialect that does not define its own.
extension Dialect {
  func verdict(onHealth result: ExchangeResult, at path: String, _ request: ProbeRequest) -> HealthVerdict {
    let asked = request.asked("GET", path)
    let answer: EngineResponse
    switch result {
    case .failure(let failure): return .outcome(failure.outcome(of: asked))
    case .response(let response): answer = response
    }
    if path == healthPath, let health = self.health(answer, asked) { return .health(health) }
    if answer.isSuccess { return .health(.serving) }
    if let reason = answer.loadingReason { return .health(.loading(reason)) }
    let text = "\(asked): \(answer.statusText)"
    if answer.isNotNow { return .health(.notNow(text, wait: answer.retryAfter)) }
    switch answer.status {
    case 300..<400, 404, 405, 501: return .health(.untold)
    case 401, 403: return .outcome(.refused("\(text): \(request.keyReason)"))
    case 500...: return .health(.unwell(text))
    default: return .outcome(.broken(text))
    }
  }

  /// The outcome of a probe whose list did not arrive.
  func outcome(
    _ health: EngineHealth, without list: ProbeOutcome, _ results: ExchangeResults, _ request: ProbeRequest
  ) -> ProbeOutcome {
    let healthPath = request.spec.paths.health ?? self.healthPath ?? ""
    let answers = [healthPath, request.lists(self)[0].path].compactMap { results[$0]?.response }
    // A proxy answers like this when no engine is behind it.
    if case .unwell = health, answers.count == 2, answers.allSatisfy({ $0.isGatewayError && !$0.isNotNow }) {
      let asked = request.asked("GET", healthPath)
      return .down(
        "no engine behind the proxy: \(asked): \(answers[0].status), and \(answers[1].status) for the list")
    }
    if case .notNow = list, case .unwell = health { return list }
    // The list of an engine that does not serve is optional.
    return health.outcome(nil) ?? list
  }

  func verdict(onList result: ExchangeResult, to list: EngineRequest, _ request: ProbeRequest) -> ListVerdict {
    let asked = request.asked(list.body == nil ? "GET" : "POST", list.path)
    let answer: EngineResponse
    switch result {
    case .failure(let failure): return .outcome(failure.outcome(of: asked))
    case .response(let response): answer = response
    }
    if answer.isSuccess {
      do throws(MalformedList) {
        return .list(try readsList(answer))
      } catch {
        return .outcome(.broken("\(asked): \(error.reason)"))
      }
    }
    if let reason = answer.loadingReason { return .outcome(.loading(reason)) }
    let text = "\(asked): \(answer.statusText)"
    if answer.isNotNow { return .outcome(.notNow(text, wait: answer.retryAfter)) }
    switch answer.status {
    case 401, 403: return .outcome(.refused("\(text): \(request.keyReason)"))
    case 502, 503, 504: return .outcome(.down(text))
    default: return .outcome(.broken(text))
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
