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
  /// Any engine that answers `GET /v1/models` as OpenAI does.
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
