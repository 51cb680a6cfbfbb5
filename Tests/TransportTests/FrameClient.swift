import GRPC
import HTTP2
import TestKit
import Testing

/// A client that sends any frames in a call, also such as no library sends.
final class FrameClient {
  struct Answer {
    var head: [String: String] = [:]
    var body: [UInt8] = []
    /// The number of `grpc-status`; nil when the stream ended without one.
    var code: UInt8?
    var message = ""
  }

  private let raw: RawClient
  private let session = Session(role: .client, settings: Settings(), pool: StreamPool { Stream() })
  private var readCount = 0

  init(port: Int) async throws {
    raw = try await RawClient(port: port)
  }

  func close() async {
    await raw.close()
  }

  /// Opens a call and sends its whole request.
  func start(_ path: String, _ body: [UInt8], _ fields: [(String, String)]) async throws -> Stream {
    let head =
      [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("te", "trailers")]
      + [("content-type", "application/grpc")] + fields
    let stream = try #require(session.request(Headers(head)))
    session.send(body[...], on: stream)
    session.finish(stream)
    try await exchange()
    return stream
  }

  func answer(on stream: Stream) async throws -> Answer {
    while !stream.isRemoteClosed, !stream.isClosed {
      try await Task.sleep(for: .milliseconds(2))
      try await exchange()
    }
    var answer = Answer()
    for index in 0..<stream.head.count {
      answer.head[stream.head.name(at: index)] = String(decoding: stream.head.value(at: index), as: UTF8.self)
    }
    answer.body = Array(stream.received.bytes[stream.received.start...])
    let end = stream.trailers.count == 0 ? stream.head : stream.trailers
    answer.code = Status(end)?.code.rawValue
    answer.message = Status(end)?.message ?? ""
    return answer
  }

  func call(_ path: String, _ body: [UInt8], _ fields: [(String, String)] = []) async throws -> Answer {
    try await answer(on: try await start(path, body, fields))
  }

  private func exchange() async throws {
    let bytes = raw.bytes
    if bytes.count > readCount {
      let new = Array(bytes[readCount...])
      try session.receive(new.span)
      readCount = bytes.count
    }
    for case .data(let stream) in session.events { session.consumed(stream.received.count, on: stream) }
    session.events = []
    let output = try session.pendingBytes()
    if !output.isEmpty { try await raw.send(bytes: output) }
  }
}
