import FoundationEssentials

/// What statuses mean, in every dialect.
extension Dialect {
  /// nil: healthy as far as this reply tells.
  func verdict(onHealth reply: Reply) -> ProbeOutcome? {
    let answer: Answer
    switch reply {
    case .failure(let failure): return failure.outcome
    case .answer(let got): answer = got
    }
    if answer.isSuccess { return nil }
    if let reason = answer.loadingReason { return .loading(reason) }
    switch answer.status {
    case 300..<500 where healthIsOptional: return nil
    case 401, 403: return .refused(answer.keyReason)
    case 502, 504: return .down("GET \(healthPath): \(answer.status)")
    case 500...: return .refused("GET \(healthPath): \(answer.status)")
    default: return .broken("GET \(healthPath): \(answer.status)")
    }
  }

  enum ListVerdict {
    case list(ModelList)
    case outcome(ProbeOutcome)
  }

  static func verdict(onList reply: Reply) -> ListVerdict {
    let answer: Answer
    switch reply {
    case .failure(let failure): return .outcome(failure.outcome)
    case .answer(let got): answer = got
    }
    if answer.isSuccess {
      do throws(MalformedList) {
        return .list(try ModelList(answer.body))
      } catch {
        return .outcome(.broken("GET \(listPath): \(error.reason)"))
      }
    }
    if let reason = answer.loadingReason { return .outcome(.loading(reason)) }
    switch answer.status {
    case 401, 403: return .outcome(.refused(answer.keyReason))
    // A proxy before the engine says that there is none behind it.
    case 502, 503, 504: return .outcome(.down("GET \(listPath): \(answer.status)"))
    default: return .outcome(.broken("GET \(listPath): \(answer.status)"))
    }
  }
}

extension Answer {
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
