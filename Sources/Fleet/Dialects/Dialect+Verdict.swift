import FoundationEssentials

/// What statuses mean, in every dialect that says nothing else.
extension Dialect {
  enum HealthVerdict {
    case health(EngineHealth)
    case outcome(ProbeOutcome)
  }

  func verdict(onHealth reply: ExchangeResult) -> HealthVerdict {
    let answer: EngineResponse
    switch reply {
    case .failure(let failure): return .outcome(failure.outcome)
    case .response(let got): answer = got
    }
    if let health = healthStatuses[answer.status] { return .health(health) }
    if answer.isSuccess { return .health(.serving) }
    if let reason = answer.loadingReason { return .health(.loading(reason)) }
    let words = "GET \(healthPath): \(answer.status)"
    switch answer.status {
    case 300..<500 where healthIsOptional: return .health(.serving)
    case 401, 403: return .outcome(.refused(answer.keyReason))
    // A proxy before the engine says that there is none behind it.
    case 502, 504: return .outcome(.down(words))
    case 500...: return .health(.unwell(words))
    default: return .outcome(.broken(words))
    }
  }

  enum ListVerdict {
    case list(ModelList)
    case outcome(ProbeOutcome)
  }

  func verdict(onList reply: ExchangeResult) -> ListVerdict {
    let words = "\(list.body == nil ? "GET" : "POST") \(list.path)"
    let answer: EngineResponse
    switch reply {
    case .failure(let failure): return .outcome(failure.outcome)
    case .response(let got): answer = got
    }
    if answer.isSuccess {
      do throws(MalformedList) {
        return .list(try readsList(answer))
      } catch {
        return .outcome(.broken("\(words): \(error.reason)"))
      }
    }
    if let reason = answer.loadingReason { return .outcome(.loading(reason)) }
    switch answer.status {
    case 401, 403: return .outcome(.refused(answer.keyReason))
    case 502, 503, 504: return .outcome(.down("\(words): \(answer.status)"))
    default: return .outcome(.broken("\(words): \(answer.status)"))
    }
  }
}

extension EngineHealth {
  /// What a probe of such an engine found out, with what it listed.
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
