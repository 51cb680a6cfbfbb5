/// The body of `/v1/models`.
extension EngineState {
  /// `created`: the time of this request, as vLLM answers.
  func modelList(created: Int) -> String {
    let entries = models.map { entry(of: $0, created: created) }
    return #"{"object":"list","data":[\#(entries.joined(separator: ","))]}"#
  }

  private func entry(of model: SimulatedModel, created: Int) -> String {
    let length = model.maxModelLen.map(String.init) ?? "null"
    let permission = """
      {"id":"modelperm-\(randomHex(16))","object":"model_permission","created":\(created),\
      "allow_create_engine":false,"allow_sampling":true,"allow_logprobs":true,"allow_search_indices":false,\
      "allow_view":true,"allow_fine_tuning":false,"organization":"*","group":null,"is_blocking":false}
      """
    return """
      {"id":\(quoted(model.id)),"object":"model","created":\(created),"owned_by":"vllm",\
      "root":\(quoted(model.root)),"parent":\(quoted(model.parent)),"max_model_len":\(length),\
      "permission":[\(permission)]}
      """
  }
}
