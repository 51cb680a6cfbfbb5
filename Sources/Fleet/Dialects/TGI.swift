import Catalog
import Scrape

/// Text Generation Inference (read, not recorded: 2 and 3). It listens when the model is loaded; `/health` is 503 when
/// its shards do not answer. The list has one entry that is owned by itself; `/info` has the other facts.
enum TGI {
  static let dialect = Dialect(
    kind: .tgi,
    healthPath: "/health",
    parts: [DialectPart(path: infoPath, facts: [.maxModelLen, .version]) { Info.read($0) != nil }],
    versionPath: infoPath,
    recognises: { _, list in
      guard let cards = list?.cards, cards.count == 1 else { return false }
      return cards[0].ownedBy == cards[0].id
    },
    models: { list, results throws(MalformedList) in
      let info = results[infoPath]?.response.flatMap(Info.read)
      return try list.models().map { model in
        var model = model
        // An owner that is the model itself is no fact.
        model.facts.ownedBy = ""
        model.facts.maxModelLen = max(0, info?.max_total_tokens ?? 0)
        model.facts.version = String(ModelCard.text(info?.model_sha).prefix(12))
        return model
      }
    },
    version: VersionAnswer.read,
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.runningRequests, "tgi_batch_current_size"),
        .gauge(.waitingRequests, "tgi_queue_size"),
        .counter(.promptTokens, "tgi_request_input_length_sum"),
        .counter(.generatedTokens, "tgi_request_generated_tokens_sum"),
        .counter(.finishedRequests, "tgi_request_success"),
        // Tokens are counted when a request ends.
        .counter(.steps, "tgi_batch_inference_count"),
        .histogram(.itl, "tgi_request_mean_time_per_token_duration"),
        .histogram(.e2e, "tgi_request_duration"),
      ])
    ),
    proofs: [.generate])

  private static let infoPath = "/info"

  private struct Info: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var max_total_tokens: Int64?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var model_sha: String?

    enum CodingKeys: CodingKey { case max_total_tokens, model_sha }

    static func read(_ answer: EngineResponse) -> Info? { answer.isSuccess ? answer.decoded(Info.self) : nil }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      max_total_tokens = try? fields.decode(Int64.self, forKey: .max_total_tokens)
      model_sha = try? fields.decode(String.self, forKey: .model_sha)
    }
  }
}
