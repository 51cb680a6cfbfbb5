import Catalog

/// llama-swap (read, not recorded): it starts the model that a request names. `/running` lists the models that run, with
/// their states; some versions write the states in the list. `/health` is a constant. None of them starts a model or
/// keeps one (its README). A proof of life would start one, so there is none.
enum LlamaSwap {
  static let dialect = Dialect(
    kind: .llamaSwap,
    healthPath: "/health",
    parts: [
      DialectPart(path: runningPath, facts: [.condition], isOptional: true) { phases(.response($0)) != nil }
    ],
    versionPath: versionPath,
    signs: [
      .owner("llama-swap"),
      .answer(runningPath) { answer, _ in phases(.response(answer)) != nil },
      .answer(versionPath) { answer, _ in answer.isSuccess && answer.decoded(Build.self) != nil },
    ],
    models: { list, results in
      let running = phases(results[runningPath])
      return zip(list.cards, list.models()).map { card, model in
        guard let running, card.phase == nil else { return model }
        var model = model
        model.become(running[ByteString(card.id)] ?? ModelPhase(.cold))
        return model
      }
    },
    version: VersionAnswer.read)

  private static let runningPath = "/running"
  private static let versionPath = "/api/version"

  /// What its version says beside Ollama's.
  private struct Build: Decodable {
    var version: String
    var commit: String
  }

  private struct Running: Decodable {
    var running: [Entry]

    struct Entry: Decodable {
      var model: String
      var state: String
    }
  }

  /// The states of the models that run; nil without an answer.
  private static func phases(_ result: ExchangeResult?) -> [ByteString: ModelPhase]? {
    guard let answer = result?.response, answer.isSuccess, let list = answer.decoded(Running.self) else { return nil }
    return Dictionary(
      list.running.compactMap { entry in ModelPhase(word: entry.state).map { (ByteString(entry.model), $0) } }
    ) { first, _ in first }
  }
}
