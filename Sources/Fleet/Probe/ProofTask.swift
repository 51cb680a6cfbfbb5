import HTTP

/// The smallest request of one kind that a model can serve: one token, or the embedding of one word.
package enum ProofTask: Hashable, Sendable, CaseIterable {
  /// OpenAI's completions API, which takes chat models as well.
  case completion
  case chat
  case embedding
  /// The rerank API of Jina and Cohere.
  case rerank
  /// TGI's own API. TGI serves one model, whatever a request names.
  case generate

  /// The tasks of engines that speak OpenAI's API, those that most models serve first.
  static let openAI: [ProofTask] = [.completion, .chat, .embedding, .rerank]

  func request(_ modelID: String) -> EngineRequest {
    switch self {
    case .completion:
      EngineRequest("/v1/completions", body: Self.body(modelID, #""prompt":"1","max_tokens":1,"temperature":0"#))
    case .chat:
      EngineRequest(
        "/v1/chat/completions",
        body: Self.body(modelID, #""messages":[{"role":"user","content":"1"}],"max_tokens":1,"temperature":0"#))
    case .embedding: EngineRequest("/v1/embeddings", body: Self.body(modelID, #""input":"1""#))
    case .rerank: EngineRequest("/v1/rerank", body: Self.body(modelID, #""query":"1","documents":["1"]"#))
    case .generate: EngineRequest("/generate", body: #"{"inputs":"1","parameters":{"max_new_tokens":1}}"#)
    }
  }

  private static func body(_ modelID: String, _ fields: String) -> String {
    var body = Array(#"{"model":"#.utf8)
    JSONText.append(modelID, to: &body)
    body.append(contentsOf: ",\(fields)}".utf8)
    return String(decoding: body, as: UTF8.self)
  }
}
