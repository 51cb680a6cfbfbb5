internal import NIOCore
internal import NIOHTTP1

/// One whole request.
struct SimulatedRequest {
  var method: HTTPMethod
  /// Percent-encoded, without the query.
  var path: String
  /// Without the question mark; nil when there was none.
  var query: String?
  var headers: HTTPHeaders
  var body: [UInt8]

  init(head: HTTPRequestHead, body: [UInt8]) {
    method = head.method
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    query = parts.count > 1 ? String(parts[1]) : nil
    headers = head.headers
    self.body = body
  }
}

/// What a request is answered with.
struct Answer {
  var status: HTTPResponseStatus
  /// nil sends none, as vLLM does for plain texts.
  var contentType: String?
  var headers: [(String, String)]
  var body: ByteBuffer

  init(
    _ status: HTTPResponseStatus = .ok, contentType: String? = nil, headers: [(String, String)] = [],
    body: ByteBuffer = ByteBuffer()
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  static func json(_ text: String, status: HTTPResponseStatus = .ok) -> Answer {
    .text(text, contentType: "application/json", status: status)
  }

  static func text(_ text: String, contentType: String? = nil, status: HTTPResponseStatus = .ok) -> Answer {
    Answer(status, contentType: contentType, body: ByteBuffer(string: text))
  }
}

/// How an answer reaches its client.
enum Delivery {
  case whole(Answer)
  case delayed(Answer, TimeAmount)
  /// Announces more than it sends, then closes.
  case truncated(Answer)
  case never
}
