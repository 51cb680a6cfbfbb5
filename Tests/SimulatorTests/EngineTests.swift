import Testing

@testable import Simulator

@Suite("A simulated engine answers as vLLM does")
struct EngineTests {
  /// Runs `body` with a fleet that ends with it.
  func withFleet(_ shape: FleetShape = FleetShape(engines: 1), _ body: (SimulatedFleet) async throws -> Void)
    async throws
  {
    let fleet = try await SimulatedFleet.start(shape)
    do {
      try await body(fleet)
    } catch {
      await fleet.shutdown()
      throw error
    }
    await fleet.shutdown()
  }

  /// Digits after `created` and hexadecimal after `modelperm-`, which change with each request, become `*`.
  func steady(_ text: String) -> String {
    text.replacing(#/"created":\d+/#, with: #""created":*"#).replacing(#/modelperm-[0-9a-f]{16}/#, with: "modelperm-*")
  }

  @Test func `the engine lists its models in the recorded shape`() async throws {
    try await withFleet(FleetShape(engines: 1, adapters: 1)) { fleet in
      let answer = try await ask(fleet.engines[0].url, "GET", "/v1/models")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.headers["server"] == "uvicorn")
      #expect(answer.headers["vary"] == "Origin")
      let permission = """
        [{"id":"modelperm-*","object":"model_permission","created":*,"allow_create_engine":false,\
        "allow_sampling":true,"allow_logprobs":true,"allow_search_indices":false,"allow_view":true,\
        "allow_fine_tuning":false,"organization":"*","group":null,"is_blocking":false}]
        """
      #expect(
        steady(answer.body) == """
          {"object":"list","data":[{"id":"sim-org/model-000","object":"model","created":*,"owned_by":"vllm",\
          "root":"/models/model-000","parent":null,"max_model_len":8192,"permission":\(permission)},\
          {"id":"model-000-lora-1","object":"model","created":*,"owned_by":"vllm",\
          "root":"/adapters/model-000-lora-1","parent":"sim-org/model-000","max_model_len":null,\
          "permission":\(permission)}]}
          """)
      let again = try await ask(fleet.engines[0].url, "GET", "/v1/models")
      #expect(again.body != answer.body, "permission ids are made up anew for each request")
    }
  }

  @Test(arguments: [
    ("GET", "/health", 200, "", nil as String?), ("GET", "/ping", 200, "", nil),
    ("GET", "/version", 200, #"{"version":"0.32.0"}"#, "application/json"),
    ("GET", "/is_sleeping", 200, #"{"is_sleeping":false}"#, "application/json"),
    ("GET", "/v1/models/sim-org/model-000", 404, #"{"detail":"Not Found"}"#, "application/json"),
    ("GET", "/v1/load_lora_adapter", 405, #"{"detail":"Method Not Allowed"}"#, "application/json"),
    ("POST", "/sleep", 200, #"{"status":"sleeping","level":1}"#, "application/json"),
  ])
  func `engines answer small paths as recorded`(method: String, path: String, status: Int, body: String, type: String?)
    async throws
  {
    try await withFleet { fleet in
      let answer = try await ask(fleet.engines[0].url, method, path)
      #expect(answer.status == status)
      #expect(answer.body == body)
      #expect(answer.headers["content-type"] == type)
      #expect(answer.headers["vary"] == "Origin")
    }
  }

  @Test func `the engine refuses HEAD and slashes as recorded`() async throws {
    try await withFleet { fleet in
      let url = fleet.engines[0].url
      let head = try await ask(url, "HEAD", "/v1/models")
      #expect(head.status == 405)
      #expect(head.headers["allow"] == "GET")
      #expect(head.headers["content-length"] == "31")
      #expect(head.body.isEmpty)
      let slash = try await ask(url, "GET", "/v1/models/")
      #expect(slash.status == 307)
      #expect(slash.headers["location"] == "\(url)/v1/models")
      #expect(slash.headers["content-length"] == "0")
    }
  }

  @Test func `a key guards the API and leaves health open`() async throws {
    try await withFleet(FleetShape(engines: 1, key: "secret")) { fleet in
      let url = fleet.engines[0].url
      let refused = try await ask(url, "GET", "/v1/models")
      #expect(refused.status == 401)
      #expect(refused.body == #"{"error":"Unauthorized"}"#)
      #expect(refused.headers["vary"] == nil)
      #expect(try await ask(url, "GET", "/v1/models", headers: ["authorization: Bearer secret"]).status == 200)
      #expect(try await ask(url, "GET", "/health").status == 200)
      #expect(try await ask(url, "GET", "/metrics").status == 200)
      #expect(fleet.configuration.contains(#"key: "secret""#))
    }
  }

  @Test func `the engine loads and unloads adapters at run time`() async throws {
    try await withFleet { fleet in
      let url = fleet.engines[0].url
      func post(_ path: String, _ body: String) async throws -> RawAnswer {
        try await ask(url, "POST", path, body)
      }
      let load = #"{"lora_name":"support","lora_path":"/models/lora-support"}"#
      let loaded = try await post("/v1/load_lora_adapter", load)
      #expect(loaded.status == 200)
      #expect(loaded.body == "Success: LoRA adapter 'support' added successfully.")
      #expect(loaded.headers["content-type"] == nil)
      let twice = try await post("/v1/load_lora_adapter", load)
      #expect(twice.status == 400)
      #expect(
        twice.body == """
          {"error":{"message":"The lora adapter 'support' has already been loaded. If you want to load the adapter in \
          place, set 'load_inplace' to True.","type":"InvalidUserInput","param":null,"code":400}}
          """)
      let missing = try await post("/v1/load_lora_adapter", #"{"lora_name":"nope","lora_path":"/missing"}"#)
      #expect(missing.status == 404)
      #expect(
        missing.body == """
          {"error":{"message":"Loading lora nope failed: No adapter found for /missing","type":"NotFoundError",\
          "param":null,"code":404}}
          """)
      let listed = try await ask(url, "GET", "/v1/models").body
      #expect(listed.contains(#""root":"/models/lora-support","parent":"sim-org/model-000""#))
      let unload = #"{"lora_name":"support"}"#
      let unloaded = try await post("/v1/unload_lora_adapter", unload)
      #expect(unloaded.body == "Success: LoRA adapter 'support' removed successfully.")
      let again = try await post("/v1/unload_lora_adapter", unload)
      #expect(again.status == 404)
      #expect(
        again.body == """
          {"error":{"message":"The lora adapter 'support' cannot be found.","type":"NotFoundError","param":null,\
          "code":404}}
          """)
      #expect(try await post("/v1/load_lora_adapter", "{").status == 400)
      #expect(try await post("/v1/load_lora_adapter", "{}").body.contains("must be provided"))
    }
  }

  @Test func `the engine answers completions for the models that it serves`() async throws {
    try await withFleet { fleet in
      let url = fleet.engines[0].url
      let unknown = try await ask(
        url, "POST", "/v1/chat/completions", #"{"model":"ghost","messages":[{"role":"user","content":"hi"}]}"#)
      #expect(unknown.status == 404)
      #expect(
        unknown.body == """
          {"error":{"message":"The model `ghost` does not exist. Valid aliases: sim-org/model-000.",\
          "type":"NotFoundError","param":"model","code":404}}
          """)
      let chat = try await ask(
        url, "POST", "/v1/chat/completions",
        #"{"model":"sim-org/model-000","messages":[{"role":"user","content":[{"type":"text","text":"hello you"}]}]}"#)
      #expect(chat.status == 200)
      #expect(chat.body.contains("You said: hello you"))
      #expect(chat.body.contains(#""object":"chat.completion""#))
      #expect(chat.body.contains(#""prompt_tokens":2"#))
      let cut = try await ask(
        url, "POST", "/v1/completions", #"{"model":"sim-org/model-000","prompt":"hello","max_tokens":2}"#)
      #expect(cut.body.contains(#""text":"This is","logprobs":null,"finish_reason":"length""#))
      let streamed = try await ask(
        url, "POST", "/v1/completions", #"{"model":"sim-org/model-000","prompt":"hello","stream":true}"#)
      #expect(streamed.headers["content-type"] == "text/event-stream; charset=utf-8")
      #expect(streamed.body.hasSuffix("data: [DONE]\n\n"))
    }
  }

  @Test func `the metrics have the names of vLLM`() async throws {
    try await withFleet(FleetShape(engines: 1, adapters: 1)) { fleet in
      let url = fleet.engines[0].url
      _ = try await ask(url, "POST", "/v1/completions", #"{"prompt":"one two three"}"#)
      let answer = try await ask(url, "GET", "/metrics")
      #expect(answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8")
      for line in [
        "# TYPE vllm:num_requests_running gauge",
        #"vllm:num_requests_waiting{engine="0",model_name="sim-org/model-000"} "#,
        #"vllm:kv_cache_usage_perc{engine="0",model_name="sim-org/model-000"} "#,
        #"vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="sim-org/model-000"} "#,
        #"vllm:engine_sleep_state{engine="0",model_name="sim-org/model-000",sleep_state="awake"} 1.0"#,
        #"http_requests_total{handler="/v1/completions",status="2xx"} 1.0"#,
        #"vllm:lora_requests_info{max_lora="4",running_lora_adapters="model-000-lora-1""#,
      ] {
        #expect(answer.body.contains(line), "\(line) is missing")
      }
    }
  }

  @Test func `counters grow with the age of the engine`() {
    var traffic = Traffic(seed: 3, startedAt: 1000)
    traffic.advance(to: 1010, isComputing: true)
    let early = traffic.reading(in: .ok)
    traffic.advance(to: 1100, isComputing: true)
    let late = traffic.reading(in: .ok)
    #expect(early.promptTokens < late.promptTokens)
    #expect(early.running != late.running)
    #expect(traffic.reading(in: .asleep).running == 0)
  }
}
