import HTTP
import HTTPTypes
import NIOCore

/// The head of an HTTP/1.1 response: the parts that depend on the request and on the connection.
struct HTTP1ResponseHead {
  /// The way in which the body shows its end.
  enum Framing: Hashable {
    case length
    case chunked
    /// The end of the connection ends the body.
    case connection
  }

  /// A HEAD request: the answer has no body.
  private(set) var isHead = false
  /// A client of HTTP/1.0.
  private(set) var isOld = false
  private(set) var isKeepAlive = false

  /// The head of the answer to a request; nil: to bytes that are no request.
  init(_ request: HTTP1Head?) {
    guard let request else { return }
    (isHead, isOld, isKeepAlive) = (request.method == .head, request.isOld, request.isKeepAlive)
  }

  /// The framing of the answer to HEAD is that of the answer to GET.
  func framing(_ response: Response) -> Framing {
    guard case .stream = response.body else { return .length }
    return isOld ? .connection : .chunked
  }

  /// Whether the connection has to end with this response, because nothing else ends its body.
  func endsConnection(_ response: Response) -> Bool {
    framing(response) == .connection && !isHead
  }

  /// Appends the head as it is sent.
  ///
  /// - Parameters:
  ///   - length: the length of the body in bytes; nil when it is unknown or there is no body.
  ///   - closes: whether the connection ends with this response.
  func write(_ response: Response, length: Int?, date: String, closes: Bool, into out: inout ByteBuffer) {
    out.writeString("HTTP/1.1 ")
    out.writeString(String(response.status.code))
    out.writeString(" ")
    out.writeString(response.status.reasonPhrase)
    out.writeString("\r\n")
    Self.write("date", date, into: &out)
    for field in response.fields { Self.write(field.name.canonicalName, field.value, into: &out) }
    // A prepared head already has the length.
    if response.head == nil, let length { Self.write("content-length", String(length), into: &out) }
    if framing(response) == .chunked, response.allowsBody, !isHead {
      Self.write("transfer-encoding", "chunked", into: &out)
    }
    if closes {
      Self.write("connection", "close", into: &out)
    } else if isOld {
      Self.write("connection", "keep-alive", into: &out)
    }
    out.writeString("\r\n")
  }

  private static func write(_ name: String, _ value: String, into out: inout ByteBuffer) {
    out.writeString(name)
    out.writeString(": ")
    out.writeString(value)
    out.writeString("\r\n")
  }
}
