import GRPC
import Messages

/// The core of every typed client: makes calls by their methods' names and decodes the answers. Errors are `Status`.
struct RPCClient: Sendable {
  private let transport: any ClientTransport
  private let service: String

  init(_ transport: any ClientTransport, _ service: ServiceDescription) {
    self.transport = transport
    self.service = service.name
  }

  /// Makes a unary call. `timeout` nil: no limit.
  func unary<Answer>(
    _ method: String, _ request: [UInt8], timeout: Duration?,
    _ decode: (ArraySlice<UInt8>) throws(MalformedMessage) -> Answer
  ) async throws -> Answer {
    let response = try await response(method, request, timeout: timeout)
    return try decoded { () throws(MalformedMessage) in try decode(response.message) }
  }

  /// Makes a unary call, and returns the answer with its metadata.
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

/// Decodes an answer; an answer that does not parse is INTERNAL (grpc/doc/statuscodes.md).
func decoded<R>(_ decode: () throws(MalformedMessage) -> R) throws(Status) -> R {
  do {
    return try decode()
  } catch {
    throw Status(.internal, "the answer does not parse: \(error)")
  }
}

/// Refuses a page token that leads to its own page: a client would ask for that page without end.
func refuseLoop(_ token: String, _ next: String) throws(Status) {
  if next == token { throw Status(.internal, "the server answered a page token with itself") }
}
