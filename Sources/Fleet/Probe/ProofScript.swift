/// The requests of one proof of life: for each model, the tasks in order until the engine does one.
///
/// Only a success proves life, and only silence or a cut proves a freeze. An error is an answer, so it proves neither.
struct ProofScript {
  let proof: ProofRequest
  let dialect: Dialect
  let exchange: (EngineRequest) async -> ExchangeResult

  /// nil when the proof was not made: the engine has gone meanwhile, as the next probe will find, or no request got
  /// through.
  func run() async -> Proof? {
    let end = ContinuousClock.now + proof.timeout
    var left = proof.timeout
    var reason = "it has no request for a proof of life"
    for model in proof.modelIDs {
      for task in tasks {
        guard left > .zero else { return .unclear(reason) }
        var request = task.request(model)
        request.timeout = left
        var result = await exchange(request)
        // An engine may end a connection after any answer, so one cut proves nothing.
        if result == .failure(.closed) { result = await exchange(request) }
        switch result {
        case .failure(.timedOut), .failure(.unanswered): return .failed("no answer within \(proof.timeout)")
        case .failure(.closed), .failure(.truncated): return .failed("no answer: connection closed without an answer")
        // The request did not get through, or what answered is no engine.
        case .failure: return nil
        case .response(let answer) where answer.isSuccess: return .passed(task)
        case .response(let answer):
          reason = "POST \(request.path): \(answer.status)"
          left = min(left, end - .now)
          // The engine has no such task: the model may serve another.
          if [404, 405, 501].contains(answer.status) { continue }
        }
        break
      }
    }
    return .unclear(reason)
  }

  private var tasks: [ProofTask] {
    guard let task = proof.task, dialect.proofs.contains(task) else { return dialect.proofs }
    return [task] + dialect.proofs.filter { $0 != task }
  }
}
