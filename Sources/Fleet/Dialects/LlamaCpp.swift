import Catalog
import Scrape

/// llama.cpp's server (recorded; router mode read). While it loads, every path is 503 `Loading model`.
enum LlamaCpp {
  static let dialect = Dialect(
    kind: .llamacpp,
    healthPath: "/health",
    versionPath: "/props",
    recognises: { answer, list in
      answer.server == "llama.cpp" || list?.cards.first?.ownedBy == "llamacpp"
    },
    models: { list, _ throws(MalformedList) in
      var models = try list.models()
      for (index, card) in list.cards.enumerated() {
        models[index].facts.maxModelLen = card.contextSize
        if let status = card.status {
          become(status, &models[index])
        }
      }
      return models
    },
    version: { answer in
      let props = answer.isSuccess ? answer.decoded(Props.self) : nil
      return ModelCard.text(props?.build_info)
    },
    resources: { list, _ in
      list.cards.reduce(into: [:]) { sizes, card in
        if card.size > 0 { sizes[card.id] = ["model_bytes": card.size] }
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
    proofs: ProofTask.openAI)

  /// Router mode: one entry per model that the router can start. An unknown value changes nothing.
  private static func become(_ status: ModelCard.Status, _ model: inout ReportedModel) {
    if status.failed == true { return model.become(.failed, "the model failed to load") }
    switch status.value {
    case "loaded": model.become(.ready)
    case "loading": model.become(.loading)
    case "downloading": model.become(.loading, "downloading")
    case "unloaded": model.become(.cold)
    case "sleeping": model.become(.cold, cause: .asleep, "sleeping")
    default: break
    }
  }

  private struct Props: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var build_info: String?
  }
}
