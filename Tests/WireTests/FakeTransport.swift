import GRPC
import Synchronization

/// A server of prepared answers that remembers what it was asked.
final class FakeTransport: ClientTransport {
  typealias Answer = @Sendable (_ path: String, _ request: [UInt8]) throws -> [[UInt8]]

  private let answer: Answer

  init(_ answer: @escaping Answer) {
    self.answer = answer
  }

  func unary(_ path: String, _ request: [UInt8], options: CallOptions) async throws -> UnaryResponse {
    let message = try answer(path, request)[0]
    return UnaryResponse(message: message[...], initialMetadata: Metadata(), trailingMetadata: Metadata())
  }

  func serverStreaming(
    _ path: String, _ request: [UInt8], options: CallOptions
  ) async throws -> any ResponseStream {
    FakeStream(try answer(path, request))
  }

  func bidirectional(_ path: String, options: CallOptions) async throws -> any BidirectionalCall {
    throw Status(.unimplemented)
  }
}

final class FakeStream: ResponseStream {
  private let messages: Mutex<[[UInt8]]>

  init(_ messages: [[UInt8]]) {
    self.messages = Mutex(messages)
  }

  func next() async throws -> ArraySlice<UInt8>? {
    messages.withLock { $0.isEmpty ? nil : $0.removeFirst()[...] }
  }

  func cancel() {
    messages.withLock { $0 = [] }
  }
}
