import Catalog

@testable import Fleet

/// One inference server of a world: what it does, and its answer to each request.
struct WorldEngine: Hashable {
  enum Kind: CaseIterable {
    case vllm, ollama, tgi

    /// The kind as Rollcall knows it.
    var known: EngineKind { [.vllm: .vllm, .ollama: .ollama, .tgi: .tgi][self] ?? .openai }
  }

  enum Behaviour: Hashable {
    case serving
    case loading
    /// It accepts connections and answers nothing.
    case silent
    /// Its health is 500.
    case unwell
    /// A proxy answers with this status: no engine is behind it.
    case deserted(Int)
    /// It takes no requests now.
    case notNow(NotNow)
    case garbledList
    case lateList
    case emptyList
  }

  struct NotNow: Hashable {
    var status: Int
    /// nil: it does not say for how long.
    var wait: Duration?
    var isOnHealth: Bool
    var isOnList: Bool
  }

  /// What becomes of a proof of life.
  enum Proofs {
    case done
    /// It knows no completions and no chats, only embeddings.
    case embeddings
    case error
    case silent
  }

  /// The facts of a model that the engine's answers hold.
  struct Facts: Hashable {
    var state: ModelState?
    var maxModelLen: Int64 = 0
    var version = ""
  }

  /// The order in which engines were started.
  let number: Int
  /// The namespace whose models it serves.
  let tenant: String
  let kind: Kind
  /// Ids of its models; each begins with the tenant's name.
  var models: [String]
  /// The key that it demands; nil: none.
  var key: String?
  var behaviour = Behaviour.serving
  /// Paths whose answers are lost.
  var lost: Set<String> = []
  /// Whether its troubles spare every second probe.
  var isFlaky = false
  /// Requests in flight.
  var inFlight = 0
  /// Whether it works on nothing, and its counters stand still.
  var isStuck = false
  var proofs = Proofs.done
  /// What the ids of its kind end with.
  static func tag(_ kind: Kind) -> String { kind == .ollama ? ":latest" : "" }
  /// Since when it behaves so.
  var since: Duration
  private(set) var tokens: Int64 = 0

  init(number: Int, tenant: String, kind: Kind, models: [String], key: String?, since: Duration) {
    (self.number, self.tenant, self.kind) = (number, tenant, kind)
    (self.models, self.key, self.since) = (models, key, since)
  }

  /// Changes it at a time.
  mutating func change(at now: Duration, _ body: (inout WorldEngine) -> Void) {
    tokens = tokens(at: now)
    body(&self)
    since = now
  }

  /// It, as a probe finds it.
  func acting(_ attempt: Int) -> WorldEngine {
    var engine = self
    if isFlaky, attempt % 2 == 1 { (engine.behaviour, engine.lost) = (.serving, []) }
    return engine
  }

  /// It with its counters as they are at a time: two that are equal answer alike.
  func still(at now: Duration) -> WorldEngine {
    var engine = self
    engine.tokens = tokens(at: now)
    engine.since = now
    if !isWorking { engine.since = .zero }
    return engine
  }

  private var isWorking: Bool { inFlight > 0 && !isStuck }
  var isFrozen: Bool { isStuck && proofs == .silent && kind != .ollama }

  private func tokens(at now: Duration) -> Int64 {
    isWorking ? tokens + (now - since).components.seconds * 10 + 1 : tokens
  }

  /// Whether it serves whatever request comes.
  var serves: Bool {
    let isAble = kind == .ollama || isWorking || !isStuck && (proofs == .done || proofs == .embeddings && kind == .vllm)
    return behaviour == .serving && isAble
  }

  // MARK: - Answers

  private static let list = "/v1/models"
  private var health: String { kind == .ollama ? "/api/version" : "/health" }

  /// Paths of answers beside the list.
  var halves: [String] {
    switch kind {
    case .vllm: ["/load", "/metrics"]
    case .ollama: ["/api/ps", "/api/tags"]
    case .tgi: ["/info", "/metrics"]
    }
  }

  /// The facts that it leaves open now.
  var open: Set<DialectPart.Fact> {
    let facts: [String: Set<DialectPart.Fact>] = [
      "/api/ps": [.condition, .maxModelLen], "/api/tags": [.version], "/info": [.maxModelLen, .version],
    ]
    return lost.reduce(into: []) { $0.formUnion(facts[$1] ?? []) }
  }

  /// The requests in flight that it reports now; nil: none.
  var reportedWork: Int? {
    kind == .ollama || lost.isSuperset(of: kind == .vllm ? ["/load", "/metrics"] : ["/metrics"]) ? nil : inFlight
  }

  func facts(of model: String) -> Facts {
    switch kind {
    case .vllm: return Facts()
    case .tgi: return Facts(maxModelLen: 4096, version: "sha-\(number)")
    case .ollama:
      let isLoaded = model == models.first
      return Facts(
        state: isLoaded ? .ready : .cold, maxModelLen: isLoaded ? 8192 : 0, version: String(digest.prefix(12)))
    }
  }

  func answer(_ request: EngineRequest, at now: Duration) -> ExchangeResult {
    let path = request.path
    switch behaviour {
    case .silent: return .failure(.unanswered)
    case .deserted(let status): return .status(status, "<html>")
    case .loading:
      return .status(503, #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#)
    case .notNow(let notNow) where path == health && notNow.isOnHealth || path == Self.list && notNow.isOnList:
      return .response(EngineResponse(status: notNow.status, retryAfter: notNow.wait))
    case .unwell where path == health: return .status(500)
    case .garbledList where path == Self.list: return .ok("<html>")
    case .lateList where path == Self.list: return .failure(.unanswered)
    default: break
    }
    if request.body != nil { return proof(path) }
    return lost.contains(path) ? .failure(.closed) : body(path, at: now).map { .ok($0) } ?? .status(404)
  }

  private func proof(_ path: String) -> ExchangeResult {
    guard kind == .tgi ? path == "/generate" : kind == .vllm else { return .status(404) }
    switch proofs {
    case .done: return .ok("{}")
    case .embeddings: return path == "/v1/embeddings" ? .ok("{}") : .status(404)
    case .error: return .status(500)
    case .silent: return .failure(.unanswered)
    }
  }

  private func body(_ path: String, at now: Duration) -> String? {
    switch (kind, path) {
    case (_, Self.list):
      let shown = behaviour == .emptyList ? [] : models
      return #"{"data":[\#(shown.map { card($0) }.joined(separator: ","))]}"#
    case (.vllm, "/health"), (.tgi, "/health"): return ""
    case (.vllm, "/version"), (.ollama, "/api/version"): return #"{"version":"1.\#(number)"}"#
    case (.vllm, "/load"): return #"{"server_load":\#(inFlight)}"#
    case (.vllm, "/metrics"):
      return """
        vllm:num_requests_running \(inFlight)
        vllm:generation_tokens_total \(tokens(at: now))
        process_start_time_seconds \(number * 10)

        """
    case (.tgi, "/metrics"):
      return "tgi_batch_current_size \(inFlight)\ntgi_request_generated_tokens_sum \(tokens(at: now))\n"
    case (.tgi, "/info"):
      return #"{"version":"3.\#(number)","max_total_tokens":4096,"model_sha":"sha-\#(number)"}"#
    case (.ollama, "/api/ps"):
      return entries(models.prefix(1)) { _ in #""context_length":8192"# }
    case (.ollama, "/api/tags"): return entries(models[...]) { _ in #""digest":"\#(digest)""# }
    default: return nil
    }
  }

  /// SHA-256 of an Ollama's manifest.
  private var digest: String { "000000000000\(number)".suffix(12) + String(repeating: "0", count: 52) }

  private func card(_ model: String) -> String {
    let owner = [.vllm: "vllm", .ollama: "library"][kind] ?? model
    return #"{"id":"\#(model)","owned_by":"\#(owner)"}"#
  }

  private func entries(_ models: ArraySlice<String>, _ field: (String) -> String) -> String {
    #"{"models":[\#(models.map { #"{"name":"\#($0)",\#(field($0))}"# }.joined(separator: ","))]}"#
  }
}
