import GRPC
import HTTP
import HTTPTypes
import Logging
import Messages
import NIOCore
import Synchronization
import Testing

@testable import Transport

/// A service with one method of each shape, for the tests of the transport.
struct EchoService: Service {
  let description = ServiceDescription(
    name: "test.Echo",
    methods: [
      EchoService.method("Unary", false, false), EchoService.method("Expand", false, true),
      EchoService.method("Chat", true, true), EchoService.method("Silent", false, true),
      EchoService.method("Missing", false, false), EchoService.method("Slow", false, false),
      EchoService.method("Nested", false, false), EchoService.method("Hesitate", false, true),
    ])
  let log = CallLog()
  let gate = Gate()

  static func method(_ name: String, _ client: Bool, _ server: Bool) -> MethodDescription {
    MethodDescription(
      name: name, path: "/test.Echo/\(name)", clientStreaming: client, serverStreaming: server)
  }

  func handler(for method: MethodDescription) -> Handler? {
    let (log, gate) = (log, gate)
    switch method.name {
    case "Unary":
      return .unary { request, call in
        if let text = call.metadata["x-fail"], let code = UInt8(text).flatMap(Status.Code.init(rawValue:)) {
          return .failure(Status(code, "wanted: ü\n%", details: [1, 2, 3]))
        }
        if call.metadata["x-where"] != nil {
          call.trailingMetadata.append("x-loopback", "\(call.comesFromLoopback)")
        }
        for entry in call.metadata.entries where entry.name.hasPrefix("x-echo") {
          if entry.name.hasSuffix("-bin") {
            call.trailingMetadata.append(entry.name, binary: entry.value)
          } else {
            call.initialMetadata.append(entry.name, String(decoding: entry.value, as: UTF8.self))
          }
        }
        switch call.metadata["x-gzip"] {
        case "echo" where call.acceptsGzip: return .compressed(gzipped(Array(request))[...])
        case "broken": return .compressed(gzipped(Array(request)).dropLast(3))
        case "bomb": return .compressed(gzipped([UInt8](repeating: 0, count: 17_000_000))[...])
        default: return .message([request.prefix(1), request.dropFirst(1)])
        }
      }
    case "Slow":
      return .unary { request, call in
        call.trailingMetadata.append("x-was", "slow")
        return .later { await gate.reply(Array(request)) }
      }
    case "Nested":
      return .unary { _, _ in .later { .later { .message([]) } } }
    case "Expand": return .streaming { _ in Expander(log: log) }
    case "Chat": return .streaming { _ in Chatter(log: log) }
    case "Silent": return .streaming { _ in Silence(log: log) }
    case "Hesitate": return .streaming { _ in Hesitation(gate: gate) }
    default: return nil
    }
  }
}

/// The bytes as one gzip stream.
func gzipped(_ content: [UInt8]) -> [UInt8] {
  var gzip = Gzip()
  gzip.append(content[...])
  gzip.finish()
  return gzip.bytes
}

/// Counts calls that were opened and closed.
final class CallLog: Sendable {
  private let counts = Mutex((closed: 0, produced: 0))

  var closed: Int { counts.withLock { $0.closed } }
  var produced: Int { counts.withLock { $0.produced } }
  func noteClosed() { counts.withLock { $0.closed += 1 } }
  func noteProduced() { counts.withLock { $0.produced += 1 } }
}

/// Sends back its request's first byte as many times as the request says, 1 KB each; for ever when it says 0.
final class Expander: StreamHandler {
  let log: CallLog
  var left = 0
  var byte = UInt8(0)
  var isEndless = false

  init(log: CallLog) { self.log = log }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    let message = Array(message)
    guard message.count == 3 else { return Status(.invalidArgument, "three bytes: what, how many (two)") }
    byte = message[0]
    left = Int(message[1]) << 8 | Int(message[2])
    isEndless = left == 0
    return nil
  }

  func halfClosed() {}

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    while left > 0 || isEndless {
      if out.isFull { return .more }
      out.append([UInt8](repeating: byte, count: 1_024))
      log.noteProduced()
      left -= 1
    }
    return byte == 0 ? .wait : .end(.ok)
  }

  func closed() { log.noteClosed() }
}

/// Answers every message with itself, and ends when the client does.
final class Chatter: StreamHandler {
  let log: CallLog
  var waiting: [[UInt8]] = []
  var isHalfClosed = false

  init(log: CallLog) { self.log = log }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    waiting.append(Array(message))
    return nil
  }

  func halfClosed() { isHalfClosed = true }

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    for message in waiting { out.append(message) }
    waiting = []
    return isHalfClosed ? .end(.ok) : .wait
  }

  func closed() { log.noteClosed() }
}

/// Never says anything.
final class Silence: StreamHandler {
  let log: CallLog

  init(log: CallLog) { self.log = log }

  func received(_ message: ArraySlice<UInt8>) -> Status? { nil }
  func halfClosed() {}
  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress { .wait }
  func closed() { log.noteClosed() }
}

/// A body that says one thing and does not end by itself.
private final class EndlessBody: BodySource {
  let isEndless = true
  private var hasSpoken = false

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    if !hasSpoken { out.append(Array("tick".utf8)[...]) }
    hasSpoken = true
    return .wait
  }

  func closed() {}
}

/// Answers REST requests with what it was asked; `/endless` with a body that does not end, `/slow...` when
/// the gate opens, `/busy...` after a millisecond of work, `/hesitate` as `Hesitation`
/// and `/finite` as `FiniteBody` say, `/large` and `/huge` with much.
///
/// `/prepared` and `/held` have heads that were made before. A condition is told at the end.
struct Mirror: Responder {
  private static let whole = PreparedHead(
    status: .ok, fields: [.eTag: "\"x\"", .contentType: "text/plain", .contentLength: "3"])
  private static let held = PreparedHead(status: .notModified, fields: [.eTag: "\"x\""])
  let gate: Gate

  func respond(to request: Request) -> EventualResponse {
    let path = request.path
    switch path {
    case "/prepared": return .now(Response(Self.whole, body: .bytes([Array("abc".utf8)[...]])))
    case "/held": return .now(Response(Self.held))
    default: break
    }
    let condition = request[.ifNoneMatch].map { " " + $0 } ?? ""
    let text = "\(request.method) \(path) \(request.query ?? "-") \(request.body.count)\(condition)"
    if path.hasPrefix("/busy") {
      let end = ContinuousClock.now + .milliseconds(1)
      while ContinuousClock.now < end {}
    }
    gate.paths.withLock { $0.append(path) }
    guard path.hasPrefix("/slow") else { return .now(response(path, text)) }
    return .later {
      await gate.pass(isStubborn: path.hasPrefix("/slow/stubborn"))
      if path.hasSuffix("/fail") { return response(to: .overloaded("Not yet.", retryAfter: 1), for: nil) }
      if path.hasSuffix("/stream") { return Response(status: .ok, body: .stream(Letters(log: gate.log))) }
      return response(path, text)
    }
  }

  func response(to problem: Problem, for request: Request?) -> Response {
    var response = Response(status: problem.status, body: .bytes([Array((problem.code ?? "").utf8)[...]]))
    if let retryAfter = problem.retryAfter { response.fields[.retryAfter] = String(retryAfter) }
    return response
  }

  private func response(_ path: String, _ text: String) -> Response {
    if path.hasSuffix("/endless") { return Response(status: .ok, body: .stream(EndlessBody())) }
    var fields = HTTPFields()
    fields[.contentType] = "text/plain"
    if path == "/hesitate" { return Response(status: .ok, body: .stream(Hesitation(gate: gate))) }
    if path == "/finite" { return Response(status: .ok, body: .stream(FiniteBody(gate: gate))) }
    if path == "/large" { return Response(status: .ok, body: .bytes(LargeBody.slices)) }
    if path == "/huge" { return Response(status: .ok, body: .bytes((0..<10).flatMap { _ in LargeBody.slices })) }
    if path == "/stream" { return Response(status: .ok, fields: fields, body: .stream(Letters())) }
    return Response(status: .ok, fields: fields, body: .bytes([Array(text.utf8)[...]]))
  }
}

/// A body of three bytes, of a length that is not told.
final class Letters: BodySource {
  let log: CallLog?

  init(log: CallLog? = nil) { self.log = log }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    out.append(Array("abc".utf8)[...])
    return .end
  }

  func closed() { log?.noteClosed() }
}

/// A server on a free port and a connection to it, for the length of a closure.
func withEcho(
  _ configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (GRPCConnection, EchoService, Server, Int) async throws -> Void
) async throws {
  var configuration = ServerConfiguration()
  try Carrier.listen(&configuration)
  configuration.threads = 1
  // A busy machine may take its time between a connect and the first word.
  configuration.limits[.openingTime] = 3_600_000
  configure(&configuration)
  let service = EchoService()
  let server = Server(
    configuration: configuration, services: [service], responder: Mirror(gate: service.gate),
    logger: Logger(label: "test"))
  let addresses = try await server.start()
  let port = try #require((addresses.secured ?? addresses.clear)?.port)
  var client = ClientConfiguration()
  if Carrier.isSecured { client.tls = Carrier.trust }
  let connection = try await GRPCConnection.connect(host: "127.0.0.1", port: port, configuration: client)
  do {
    try await body(connection, service, server, port)
  } catch {
    await connection.close()
    try await server.shutDown(within: .seconds(1))
    throw error
  }
  await connection.close()
  try await server.shutDown(within: .seconds(1))
}

/// Waits until something becomes true, by looking; gives up after ten seconds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
  for _ in 0..<6_000 {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}
