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
  case litellm
  case llamaSwap = "llama-swap"
  case lmstudio
  case xinference
  case infinity
  case tei
  case fastchat
  case transformers
  case localai
  case ovms
  /// Any engine that lists its models as OpenAI does.
  case openai

  /// The API of this kind.
  package var dialect: Dialect {
    switch self {
    case .vllm: VLLM.dialect
    case .llamacpp: LlamaCpp.dialect
    case .ollama: Ollama.dialect
    case .sglang: SGLang.dialect
    case .tgi: TGI.dialect
    case .lmdeploy: LMDeploy.dialect
    case .trtllm: TensorRTLLM.dialect
    case .triton: Triton.dialect
    case .litellm: LiteLLM.dialect
    case .llamaSwap: LlamaSwap.dialect
    case .lmstudio: LMStudio.dialect
    case .xinference: Xinference.dialect
    case .infinity: Infinity.dialect
    case .tei: TEI.dialect
    case .fastchat: FastChat.dialect
    case .transformers: TransformersServe.dialect
    case .localai: LocalAI.dialect
    case .ovms: OVMS.dialect
    case .openai: OpenAI.dialect
    }
  }

  /// Reads a name; nil reads as nil: the kind is to be detected.
  static func named(_ name: String?) throws(EngineSpecError) -> EngineKind? {
    guard let name else { return nil }
    guard let kind = EngineKind(rawValue: name) else {
      let allowed = EngineKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw EngineSpecError("kind must be one of \(allowed), or left out to detect it", in: [.kind])
    }
    return kind
  }
}
