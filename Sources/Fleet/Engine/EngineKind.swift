/// The kinds of engines whose dialect is known. Raw values are the names on the wire and in the configuration.
package enum EngineKind: String, Hashable, Sendable, CaseIterable {
  case vllm
  case llamacpp
  case ollama
  case sglang
  case tgi
  case lmdeploy
  case trtllm
  case triton
  /// Anything that answers `GET /v1/models` as OpenAI does.
  case openai

  /// The table of what this kind calls things.
  package var dialect: Dialect {
    switch self {
    case .vllm: .vllm
    case .llamacpp: .llamacpp
    case .ollama: .ollama
    case .sglang: .sglang
    case .tgi: .tgi
    case .lmdeploy: .lmdeploy
    case .trtllm: .trtllm
    case .triton: .triton
    case .openai: .openai
    }
  }
}
