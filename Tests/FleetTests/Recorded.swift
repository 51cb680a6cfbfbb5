import FoundationEssentials

@testable import Fleet

/// Answers of real engines as they were recorded: head, empty line, body.
enum Recorded {
  static let vllmHealth = answer(PackageResources.vllm_health_http)
  static let vllmModels = answer(PackageResources.vllm_models_1_start_http)
  static let vllmModelsAfterLoad = answer(PackageResources.vllm_models_2_after_lora_load_http)
  static let vllmUnauthorized = answer(PackageResources.vllm_models_401_http)
  static let vllmTrailingSlash = answer(PackageResources.vllm_models_trailing_http)
  static let vllmVersion = answer(PackageResources.vllm_version_http)
  static let vllmLoad = answer(PackageResources.vllm_load_http)
  static let vllmMetricsBusy = answer(PackageResources.vllm_metrics_2_busy_http)
  static let llamacppHealth = answer(PackageResources.llamacpp_health_http)
  static let llamacppModels = answer(PackageResources.llamacpp_v1_models_http)
  static let llamacppProps = answer(PackageResources.llamacpp_props_http)
  static let llamacppMetrics = answer(PackageResources.llamacpp_metrics_after_http)
  /// Its body and status are in the recording of a server that loads; the header is that of its other answers.
  static let llamacppLoading = EngineResponse(
    503, #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#, server: "llama.cpp")

  static func answer(_ bytes: [UInt8]) -> EngineResponse {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let lines = parts[0].split(separator: "\r\n")
    let server = lines.first { $0.lowercased().hasPrefix("server: ") }?.dropFirst("server: ".count) ?? ""
    return EngineResponse(Int(lines[0].split(separator: " ")[1]) ?? 0, String(parts[1]), server: String(server))
  }
}

extension EngineResponse {
  init(_ status: Int, _ body: String, server: String = "") {
    self.init(status: status, server: server, body: Data(body.utf8))
  }
}

/// Has the conversation of one probe with an engine that answers this and 404 to all else.
func converse(
  kind: EngineKind? = nil, detected: EngineKind? = nil, wantsVersion: Bool = true, _ replies: [String: ExchangeResult]
) async throws -> (outcome: ProbeOutcome, asked: [String]) {
  let talk = try await ScriptedExchange(kind: kind, detected: detected, wantsVersion: wantsVersion, replies)
  return (talk.outcome, talk.paths)
}
