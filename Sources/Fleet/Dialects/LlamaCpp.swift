import Catalog
import Scrape

/// llama.cpp's server (recorded: b10434, also as a router, asleep and behind a prefix). While it loads, every path is 503
/// `Loading model`. With `--sleep-idle-seconds` it sleeps: `/health`, the list and `/props` leave it asleep, while
/// `/metrics` and `/slots` wake it and count as use (recorded). So metrics are read only while `/props` does not say
/// that it sleeps; that keeps it awake, unless the engine's description says `metrics=off`.
enum LlamaCpp {
  static let dialect = Dialect(
    kind: .llamacpp,
    healthPath: "/health",
    parts: [
      DialectPart(path: propsPath, facts: [.condition], isOptional: true) { Props.read($0) != nil }
    ],
    versionPath: propsPath,
    signs: [
      .list { answer, _ in answer.server == "llama.cpp" }, .owner("llamacpp"), .fields([.meta]),
    ],
    models: { list, results in
      let props = results[propsPath]?.response.flatMap(Props.read)
      return list.cards.flatMap { card in
        var facts = ReplicaFacts(modelID: card.id, ownedBy: card.ownedBy, maxModelLen: card.maxModelLen)
        // Of several models these are the properties of none.
        if facts.maxModelLen == 0, list.cards.count == 1 { facts.maxModelLen = props?.contextSize ?? 0 }
        var model = ReportedModel(facts)
        if let phase = card.phase { model.become(phase) }
        if props?.isSleeping == true { model.become(.cold, cause: .asleep, "asleep") }
        return [model] + aliases(of: card, model)
      }
    },
    version: { ModelCard.text(Props.read($0)?.build) },
    resources: { list, _ in
      list.cards.reduce(into: [:]) { sizes, card in
        guard card.size > 0 else { return }
        for id in [card.id] + card.aliases { sizes[ByteString(id)] = ["model_bytes": card.size] }
      }
    },
    // Only with `--metrics`; 501 without.
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.runningRequests, "llamacpp:requests_processing"),
        .gauge(.waitingRequests, "llamacpp:requests_deferred"),
        .gauge(.kvCacheUsage, "llamacpp:kv_cache_usage_ratio"),
        .counter(.promptTokens, "llamacpp:prompt_tokens_total"),
        .counter(.generatedTokens, "llamacpp:tokens_predicted_total"),
        // Tokens are counted when a request ends.
        .counter(.steps, "llamacpp:n_decode_total"),
      ])
    ),
    hasFreeMetrics: { results in
      guard let answer = results[propsPath]?.response else { return false }
      return Props.read(answer)?.isSleeping != true
    },
    proofs: ProofTask.openAI)

  private static let propsPath = "/props"

  /// The other ids by which requests may name the model: models of their own, as vLLM lists them.
  private static func aliases(of card: ModelCard, _ model: ReportedModel) -> [ReportedModel] {
    card.aliases.compactMap { alias in
      guard Observation.isIdentifier(alias), ByteString(alias) != ByteString(card.id) else { return nil }
      var model = model
      model.facts.modelID = alias
      model.facts.root = card.id
      return model
    }
  }

  private struct Props: Decodable {
    var build: String?
    /// nil: this version does not sleep, or it is a router.
    var isSleeping: Bool?
    /// The tokens that one request can use; 0 is unknown.
    var contextSize: Int64

    enum CodingKeys: String, CodingKey {
      case build = "build_info"
      case isSleeping = "is_sleeping"
      case settings = "default_generation_settings"
    }

    private struct Settings: Decodable {
      // swift-format-ignore: AlwaysUseLowerCamelCase
      var n_ctx: Tokens?
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      build = try? fields.decode(String.self, forKey: .build)
      isSleeping = try? fields.decode(Bool.self, forKey: .isSleeping)
      contextSize = (try? fields.decode(Settings.self, forKey: .settings))?.n_ctx?.count ?? 0
    }

    static func read(_ answer: EngineResponse) -> Props? { answer.isSuccess ? answer.decoded(Props.self) : nil }
  }
}
