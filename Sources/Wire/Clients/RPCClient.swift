import GRPC
import Messages

/// The core of every typed client: calls by their methods' names, and decoded answers. Errors are `Status`.
struct RPCClient: Sendable {
  private let transport: any ClientTransport
  private let service: String

  init(_ transport: any ClientTransport, _ service: ServiceDescription) {
    self.transport = transport
    self.service = service.name
  }

  /// `timeout` nil: as long as it takes.
  func unary<Answer>(
    _ method: String, _ request: [UInt8], timeout: Duration?,
    _ decode: (ArraySlice<UInt8>) throws(MalformedMessage) -> Answer
  ) async throws -> Answer {
    let response = try await response(method, request, timeout: timeout)
    return try decoded { () throws(MalformedMessage) in try decode(response.message) }
  }

  /// The answer with its metadata.
  func response(_ method: String, _ request: [UInt8], timeout: Duration?) async throws -> UnaryResponse {
    try await transport.unary(path(method), request, options: CallOptions(timeout: timeout))
  }

  func serverStreaming(_ method: String, _ request: [UInt8]) async throws -> any ResponseStream {
    try await transport.serverStreaming(path(method), request, options: CallOptions())
  }

  func bidirectional(_ method: String) async throws -> any BidirectionalCall {
    try await transport.bidirectional(path(method), options: CallOptions())
  }

  private func path(_ method: String) -> String {
    "/\(service)/\(method)"
  }
}

/// A decoded answer; one that does not parse is INTERNAL (grpc/doc/statuscodes.md).
func decoded<R>(_ decode: () throws(MalformedMessage) -> R) throws(Status) -> R {
  do {
    return try decode()
  } catch {
    throw Status(.internal, "the answer does not parse: \(error)")
  }
}

/// Refuses a page token that leads to its own page, which a client would ask for without end.
func refuseLoop(_ token: String, _ next: String) throws(Status) {
  if next == token { throw Status(.internal, "the server answered a page token with itself") }
}
