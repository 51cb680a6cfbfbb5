internal import NIOCore
internal import NIOHTTP1

/// The effect of each mode on an answer.
extension EngineState {
  /// More than 8 MiB of well-formed JSON: an empty list and white space. Every huge answer shares these bytes.
  private static let hugeBody: ByteBuffer = {
    var body = ByteBuffer(string: #"{"object":"list","data":["#)
    body.writeRepeatingByte(UInt8(ascii: " "), count: 9 << 20)
    body.writeString("]}")
    return body
  }()

  /// Answers a request at `now`, in Unix seconds.
  mutating func delivery(for request: SimulatedRequest, now: Double) -> Delivery {
    advance(to: now)
    if mode == .hang || mode == .gone || mode.keepsCompletions && Self.isCompletion(request) { return .never }
    if mode == .failing {
      return .whole(
        .text("Internal Server Error", contentType: "text/plain; charset=utf-8", status: .internalServerError))
    }
    var answer = answer(to: request, now: now)
    switch mode {
    case .slow(let delay):
      return .delayed(answer, TimeAmount(delay))
    case .garbage where answer.body.readableBytes > 0:
      answer.body = ByteBuffer(string: "<html><body>It works!</body></html>\n")
      answer.status = .ok
      return .whole(answer)
    case .truncated where answer.body.readableBytes > 0:
      return .truncated(answer)
    case .huge where answer.body.readableBytes > 0:
      answer.body = Self.hugeBody
      return .whole(answer)
    default:
      return .whole(answer)
    }
  }
}
