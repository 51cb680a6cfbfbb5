import Catalog
import GRPC
import HTTP
import HTTPTypes
import Messages
import Services
import TestKit
import Testing
import Wire

/// A real catalog with real encoders, and the services over it.
struct Fixture {
  let catalog: ModelCatalog
  let environment: ServiceEnvironment
  let registry = FakeRegistry()
  let metrics = MetricsRegistry()
  let rest: RESTService
  let services: [any Service]
  private let uptime = HandUptime()

  init(
    ready: Bool = true, store: any Store = MemoryStore(epoch: 1_000_000), history: HistoryLimits = HistoryLimits(),
    limits: [Limit: Int] = [:], adminIsOpen: Bool = false, engineKinds: [String] = [],
    metricsPaths: [String: String?] = [:], trouble: String? = nil,
    progress: String = "", allowedOrigins: AllowedOrigins? = nil, servesOllama: Bool = true,
    unreachable: @escaping @Sendable () -> [String] = { [] }
  ) throws {
    uptime.now = .seconds(500)
    catalog = try ModelCatalog(
      store: store, codec: StorageCodec(), encoder: WireModelEncoder(), history: history, uptime: uptime.clock)
    if ready { catalog.markReady() }
    var values = Limits()
    for (limit, value) in limits { values[limit] = value }
    var environment = ServiceEnvironment(
      catalog: catalog, registry: registry, version: "1.2.3",
      now: { Timestamp(microseconds: 1_700_000_500_000_000) },
      limits: LimitCounts(values), adminIsOpen: adminIsOpen, engineKinds: engineKinds, metricsPaths: metricsPaths,
      unreachable: unreachable)
    environment.trouble = { trouble }
    environment.progress = { progress }
    environment.allowedOrigins = allowedOrigins
    environment.servesOllama = servesOllama
    self.environment = environment
    rest = RESTService(environment, metrics: metrics)
    services = GRPCServices.all(environment)
  }

  /// Has an engine serve exactly these models.
  func serve(
    _ ids: [String], on engine: String = "e1", namespace: String = defaultNamespace, state: ModelState = .ready,
    root: String = "/m", kind: String = "vllm", at seconds: Int64 = 1_700_000_000
  ) async throws {
    let facts = EngineFacts(
      id: engine, endpoint: "http://\(engine):8000", kind: kind, version: "0.1", namespace: namespace,
      condition: Condition(state: state, changedAt: Timestamp(microseconds: 5)))
    let models = ids.map { ReplicaFacts(modelID: $0, ownedBy: "vllm", root: root, maxModelLen: 4096) }
    // The wall clock shows 1,700,000,000 more than the uptime, and reads happen 500 s after the start.
    uptime.now = .seconds(seconds - 1_700_000_000)
    defer { uptime.now = .seconds(500) }
    try await catalog.record([.engine(facts, models: models)], at: Timestamp(microseconds: seconds * 1_000_000))
  }

  /// The handler behind a path such as `/rollcall.v1.ModelCatalog/GetModel`.
  func handler(_ path: String) throws -> Handler {
    for service in services {
      for method in service.description.methods where method.path == path {
        return try #require(service.handler(for: method))
      }
    }
    throw NoSuchMethod(path: path)
  }

  /// Calls a unary method that answers at once; throws the status of a failure.
  func call(_ path: String, _ request: [UInt8]) throws -> ArraySlice<UInt8> {
    try message(try reply(path, request))
  }

  /// Calls a unary method that takes time; throws the status of a failure, also of one that comes at once.
  func callLater(_ path: String, _ request: [UInt8], loopback: Bool = true) async throws -> ArraySlice<UInt8> {
    switch try reply(path, request, loopback: loopback) {
    case .later(let answer): return try message(await answer())
    case .failure(let status): throw status
    case .slice, .message, .shared, .compressed: throw WrongTime()
    }
  }

  /// Calls a unary method, whenever it answers; throws the status of a failure.
  func callEventually(_ path: String, _ request: [UInt8]) async throws -> ArraySlice<UInt8> {
    let reply = try reply(path, request)
    guard case .later(let answer) = reply else { return try message(reply) }
    return try message(await answer())
  }

  func reply(
    _ path: String, _ request: [UInt8], loopback: Bool = true, acceptsGzip: Bool = false
  ) throws -> Reply {
    guard case .unary(let handler) = try handler(path) else { throw NoSuchMethod(path: path) }
    let call = Call()
    call.comesFromLoopback = loopback
    call.acceptsGzip = acceptsGzip
    return handler(request[...], call)
  }

  private func message(_ reply: Reply) throws -> ArraySlice<UInt8> {
    switch reply {
    case .slice(let slice): return slice
    case .message(let slices), .shared(let slices): return Array(slices.joined())[...]
    case .compressed(let bytes): return try Gunzip.content(of: bytes, limit: 1 << 26)[...]
    case .failure(let status): throw status
    case .later: throw WrongTime()
    }
  }

  func open(_ path: String) throws -> any StreamHandler {
    guard case .streaming(let make) = try handler(path) else { throw NoSuchMethod(path: path) }
    return make(Call())
  }

  /// What is answered at once. `target`: path and query.
  func get(_ target: String, _ fields: HTTPFields = [:], method: HTTPRequest.Method = .get) -> Response {
    switch respond(target, fields, method) {
    case .now(let response): return response
    case .later:
      Issue.record("\(target) is not answered at once")
      return Response(status: .internalServerError)
    }
  }

  /// What takes time.
  func getLater(
    _ target: String, _ fields: HTTPFields = [:], method: HTTPRequest.Method = .get
  ) async -> Response {
    switch respond(target, fields, method) {
    case .now(let response):
      Issue.record("\(target) is answered at once")
      return response
    case .later(let answer): return await answer()
    }
  }

  /// What comes at once or takes time.
  func getEventually(
    _ target: String, _ fields: HTTPFields = [:], method: HTTPRequest.Method = .get
  ) async -> Response {
    switch respond(target, fields, method) {
    case .now(let response): return response
    case .later(let answer): return await answer()
    }
  }

  private func respond(_ target: String, _ fields: HTTPFields, _ method: HTTPRequest.Method) -> EventualResponse {
    let parts = target.split(separator: "?", maxSplits: 1)
    return rest.respond(
      to: Request(
        method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, fields: fields))
  }
}

extension Service {
  /// What a unary method answers.
  func reply(_ method: String, _ request: [UInt8]) throws -> Reply {
    let description = try #require(description.methods.first { $0.name == method })
    guard case .unary(let handler) = handler(for: description) else { throw NoSuchMethod(path: method) }
    return handler(request[...], Call())
  }
}

/// An answer came at once that should take time, or the other way round.
struct WrongTime: Error {}

struct NoSuchMethod: Error {
  var path: String
}

final class Call: ServerCall {
  var metadata = Metadata()
  var comesFromLoopback = true
  var peerID: UInt64 = 1
  var connectionID: UInt64 = 1
  var acceptsGzip = false
  var deadline: ContinuousClock.Instant?
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
}

/// A body as text; a streamed one to its end.
func text(_ response: Response) -> String {
  switch response.body {
  case .empty: return ""
  case .bytes(let slices): return String(decoding: slices.joined(), as: UTF8.self)
  case .stream(let source):
    var slices = [ArraySlice<UInt8>]()
    while source.produce(into: &slices, now: .now) == .more {}
    return String(decoding: slices.joined(), as: UTF8.self)
  }
}

/// The messages in what a stream sent.
func messages(_ buffer: MessageBuffer) -> [ArraySlice<UInt8>] {
  var rest = Array(buffer.slices.joined())[...]
  var found = [ArraySlice<UInt8>]()
  while rest.count >= 5 {
    let count = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(5)
    found.append(rest.prefix(count))
    rest = rest.dropFirst(count)
  }
  return found
}

/// Whether two slices are the same memory, not only the same bytes.
func isSameMemory(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
  a.span.isIdentical(to: b.span)
}
