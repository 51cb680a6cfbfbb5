import Catalog

/// The answer to `GET /info` of Hugging Face's servers, which have one model each (read, not recorded).
struct HuggingFaceInfo: Decodable {
  static let path = "/info"

  var modelID: String
  /// The first 12 digits of the model's commit; empty where it is not known.
  var revision: String
  /// TGI: tokens of a prompt and its completion; 0 is unknown.
  var maxTotalTokens: Int64
  /// TEI: tokens of an input; 0 is unknown.
  var maxInputLength: Int64
  /// TEI: whether it names a type of model, such as `embedding`.
  var hasModelType: Bool

  enum CodingKeys: String, CodingKey {
    case modelID = "model_id"
    case revision = "model_sha"
    case maxTotalTokens = "max_total_tokens"
    case maxInputLength = "max_input_length"
    case modelType = "model_type"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) -> String { ModelCard.text(try? fields.decode(String.self, forKey: key)) }
    modelID = text(.modelID)
    revision = String(text(.revision).prefix(12))
    maxTotalTokens = (try? fields.decode(Tokens.self, forKey: .maxTotalTokens))?.count ?? 0
    maxInputLength = (try? fields.decode(Tokens.self, forKey: .maxInputLength))?.count ?? 0
    hasModelType = fields.contains(.modelType)
  }

  static func read(_ answer: EngineResponse) -> HuggingFaceInfo? {
    answer.isSuccess ? answer.decoded(HuggingFaceInfo.self) : nil
  }

  /// Reads a list of models, or the one model of this answer.
  static func list(_ answer: EngineResponse) throws(MalformedList) -> ModelList {
    guard let info = read(answer), !info.modelID.isEmpty else { return try ModelList(answer.body) }
    var card = ModelCard(id: info.modelID)
    // As the list of TGI has it.
    card.ownedBy = card.id
    return try ModelList([card])
  }

  /// The answer as a part of a dialect.
  static var part: DialectPart {
    DialectPart(path: path, facts: [.maxModelLen, .version]) { read($0) != nil }
  }

  /// The models of a list with the facts of this answer. `length`: the context length of that kind.
  static func models(_ list: ModelList, _ results: ExchangeResults, length: (Self) -> Int64) -> [ReportedModel] {
    let info = results[path]?.response.flatMap(read)
    return list.models().map { model in
      var model = model
      // An owner that is the model itself is no fact.
      model.facts.ownedBy = ""
      model.facts.maxModelLen = info.map(length) ?? 0
      model.facts.version = info?.revision ?? ""
      return model
    }
  }
}
