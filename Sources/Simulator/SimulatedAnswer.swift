internal import NIOCore
internal import NIOHTTP1

/// An answer of a simulated engine or of the control server.
struct SimulatedAnswer {
  var status: HTTPResponseStatus
  /// nil: the answer has no content-type, as vLLM's plain texts.
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

  static func json(_ text: String, status: HTTPResponseStatus = .ok) -> SimulatedAnswer {
    .text(text, contentType: "application/json", status: status)
  }

  static func text(_ text: String, contentType: String? = nil, status: HTTPResponseStatus = .ok) -> SimulatedAnswer {
    SimulatedAnswer(status, contentType: contentType, body: ByteBuffer(string: text))
  }

  /// An error object as vLLM writes it. `param` is the field that is wrong; nil: none.
  static func error(
    _ status: HTTPResponseStatus, type: String, param: String? = nil, _ message: String
  ) -> SimulatedAnswer {
    let fields = #""message":\#(quoted(message)),"type":\#(quoted(type)),"param":\#(quoted(param))"#
    return .json(#"{"error":{\#(fields),"code":\#(status.code)}}"#, status: status)
  }

  /// The answer to a body that is not JSON of the shape that the path takes.
  static var malformedBody: SimulatedAnswer {
    .error(.badRequest, type: "Bad Request", "The request body is not the JSON object that this path takes.")
  }
}

/// How an answer reaches its client.
enum Delivery {
  case whole(SimulatedAnswer)
  case delayed(SimulatedAnswer, TimeAmount)
  /// The server announces more bytes than it sends, then closes the connection.
  case truncated(SimulatedAnswer)
  /// The client waits until the engine's mode ends.
  case never
}
