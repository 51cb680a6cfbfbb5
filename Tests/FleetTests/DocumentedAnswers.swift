@testable import Fleet

/// Answers of engines of which there are no recordings: written down from their documentation and sources.
enum DocumentedAnswers {
  static let sglang: [String: ExchangeResult] = [
    "/health": .ok(""),
    "/v1/models": .ok(
      """
      {"object":"list","data":[\
      {"id":"qwen","object":"model","created":1795355596,"owned_by":"sglang","root":"qwen","parent":null,\
      "max_model_len":32768},\
      {"id":"sql","object":"model","created":1795355596,"owned_by":"sglang","root":"/loras/sql","parent":"qwen",\
      "max_model_len":null}]}
      """),
    "/server_info": .ok(#"{"model_path":"/models/qwen","internal_states":[{}],"version":"0.5.3"}"#),
    "/metrics": .ok(
      """
      # TYPE sglang:num_running_reqs gauge
      sglang:num_running_reqs{engine_type="unified",model_name="qwen",pp_rank="0",tp_rank="0"} 7.0
      sglang:num_queue_reqs{engine_type="unified",model_name="qwen",pp_rank="0",tp_rank="0"} 2.0
      sglang:token_usage{engine_type="unified",model_name="qwen",pp_rank="0",tp_rank="0"} 0.28
      sglang:max_total_num_tokens{engine_type="unified",model_name="qwen"} 170524.0
      sglang:lora_pool_slots_used{model_name="qwen"} 1.0
      sglang:lora_pool_slots_total{model_name="qwen"} 8.0
      sglang:prompt_tokens_total{model_name="qwen"} 8128902.0
      sglang:generation_tokens_total{model_name="qwen"} 7557572.0
      sglang:num_requests_total{model_name="qwen"} 11228.0
      sglang:time_to_first_token_seconds_bucket{le="0.1",model_name="qwen"} 3.0
      sglang:time_to_first_token_seconds_bucket{le="+Inf",model_name="qwen"} 4.0
      """),
  ]

  static let tgi: [String: ExchangeResult] = [
    "/health": .ok(""),
    "/v1/models": .ok(
      """
      {"object":"list","data":[\
      {"id":"org/llama","object":"model","created":0,"owned_by":"org/llama"}]}
      """),
    "/info": .ok(
      """
      {"model_id":"org/llama","model_sha":"e985a63cdc139290c5f700ff1929f0b5942cced2","max_concurrent_requests":128,\
      "max_input_tokens":4095,"max_total_tokens":4096,"router":"text-generation-router","version":"3.0.0","sha":null}
      """),
    "/metrics": .ok(
      """
      # TYPE tgi_request_success counter
      tgi_request_success 12
      tgi_batch_current_size 3
      tgi_queue_size 1
      tgi_request_input_length_bucket{le="100"} 12
      tgi_request_input_length_sum 480
      tgi_request_input_length_count 12
      tgi_request_generated_tokens_sum 960
      tgi_request_generated_tokens_count 12
      tgi_request_duration_bucket{le="1.5"} 12
      tgi_request_duration_bucket{le="+Inf"} 12
      """),
  ]

  static let lmdeploy: [String: ExchangeResult] = [
    "/health": .ok(""),
    "/v1/models": .ok(
      """
      {"object":"list","data":[{"id":"internlm","object":"model","created":1795355596,"owned_by":"lmdeploy",\
      "root":"internlm","parent":null,"permission":[{"id":"modelperm-7Q"}]}]}
      """),
    "/metrics": .ok(
      """
      process_start_time_seconds 1.79535420285e+09
      lmdeploy:num_requests_running{engine="0",model_name="internlm"} 1.0
      lmdeploy:num_requests_running{engine="1",model_name="internlm"} 2.0
      lmdeploy:num_requests_waiting{engine="0",model_name="internlm"} 0.0
      lmdeploy:gpu_cache_usage_perc{engine="0",model_name="internlm"} 0.5
      lmdeploy:gpu_cache_usage_perc{engine="1",model_name="internlm"} 0.25
      lmdeploy:prompt_tokens_total{engine="0",model_name="internlm"} 100.0
      lmdeploy:generation_tokens_total{engine="0",model_name="internlm"} 200.0
      """),
  ]

  static let trtllm: [String: ExchangeResult] = [
    "/health": .ok(""),
    "/v1/models": .ok(
      """
      {"object":"list","data":[{"id":"TinyLlama","object":"model","created":1795355596,"owned_by":"tensorrt_llm"}]}
      """),
    "/version": .ok(#"{"version":"1.1.0"}"#),
    // Another thing than what Prometheus reads.
    "/metrics": .ok(#"[{"gpuMemUsage":76665782272,"iter":154}]"#),
    "/prometheus/metrics": .ok(
      """
      # TYPE trtllm_request_success_total counter
      trtllm_request_success_total{engine_type="undefined",finished_reason="length",model_name="undefined"} 3.0
      trtllm_request_success_total{engine_type="undefined",finished_reason="stop",model_name="undefined"} 2.0
      trtllm_num_requests_running{engine_type="undefined",model_name="undefined"} 4.0
      trtllm_num_requests_waiting{engine_type="undefined",model_name="undefined"} 1.0
      trtllm_kv_cache_utilization{engine_type="undefined",model_name="undefined"} 0.125
      trtllm_prompt_tokens_total{engine_type="undefined",model_name="undefined"} 64.0
      trtllm_generation_tokens_total{engine_type="undefined",model_name="undefined"} 32.0
      trtllm_gpu_memory_usage_bytes{engine_type="undefined",model_name="undefined"} 7.6665782272e+10
      """),
  ]

  /// A Triton says 400 to what it does not know.
  static let triton: [String: ExchangeResult] = [
    "/v1/models": .status(400), "/metrics": .status(400), "/v2/health/live": .ok(""),
    "/v2": .ok(#"{"name":"triton","version":"2.48.0","extensions":["classification","model_repository"]}"#),
    "/v2/repository/index": .ok(
      """
      [{"name":"bert","version":"1","state":"UNAVAILABLE","reason":"unloaded"},\
      {"name":"bert","version":"9","state":"READY","reason":""},{"name":"bert","version":"10","state":"READY"},\
      {"name":"bert","version":"11","state":"LOADING"},{"name":"broken","version":"1","state":"UNAVAILABLE",\
      "reason":"Internal: failed to load all models\\nstack"},{"name":"gone","version":"1","state":"UNLOADING"},\
      {"name":"new","version":"2","state":"LOADING"},{"name":"never"},\
      {"name":"off","version":"3","state":"UNAVAILABLE","reason":"unloaded"}]
      """),
  ]
}
