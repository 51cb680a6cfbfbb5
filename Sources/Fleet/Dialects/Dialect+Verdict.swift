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
    if let health = healthStatuses[answer.status] { return .health(health) }
    if answer.isSuccess { return .health(.serving) }
    if let reason = answer.loadingReason { return .health(.loading(reason)) }
    let text = "GET \(healthPath): \(answer.status)"
    switch answer.status {
    case 300..<500 where healthIsOptional: return .health(.serving)
    case 401, 403: return .outcome(.refused(answer.keyReason))
    // A proxy in front of the engine reports that no engine is behind it.
    case 502, 504: return .outcome(.down(text))
    case 500...: return .health(.unwell(text))
    default: return .outcome(.broken(text))
    }
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
    switch answer.status {
    case 401, 403: return .outcome(.refused(answer.keyReason))
    case 502, 503, 504: return .outcome(.down("\(text): \(answer.status)"))
    default: return .outcome(.broken("\(text): \(answer.status)"))
    }
  }
}

extension EngineHealth {
  /// The outcome of a probe that found this health, with the models that the engine listed.
  func outcome(_ report: EngineReport?) -> ProbeOutcome? {
    switch self {
    case .serving: report.map { .healthy($0) }
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
