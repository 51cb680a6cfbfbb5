package import HTTPTypes

/// One request of a REST client, from HTTP/1.1 or HTTP/2 alike. It is valid while it is answered on its event loop: what
/// a later answer needs of it is taken out before.
package struct Request {
  package var method: HTTPRequest.Method
  /// Percent-encoded, without the query.
  package var path: String
  /// Without the question mark; nil when there was none.
  package var query: String?
  package var body: [UInt8]
  package var peerIsLoopback: Bool
  private let fields: any RequestFields

  package init(
    method: HTTPRequest.Method, path: String, query: String?, fields: any RequestFields, body: [UInt8],
    peerIsLoopback: Bool
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.body = body
    self.peerIsLoopback = peerIsLoopback
  }

  package init(
    method: HTTPRequest.Method, path: String, query: String? = nil, fields: HTTPFields = [:], body: [UInt8] = [],
    peerIsLoopback: Bool = true
  ) {
    self.init(
      method: method, path: path, query: query, fields: FieldList(fields), body: body, peerIsLoopback: peerIsLoopback)
  }

  /// The value of a header field, of several lines joined by ", "; nil when it is absent.
  package subscript(name: HTTPField.Name) -> String? {
    fields.value(of: name.canonicalName)
  }
}

/// The answer. The transport adds `content-length` (or chunks), `date` and what its protocol needs, and sends no body
/// to HEAD and with 204 and 304.
package struct Response {
  package var status: HTTPResponse.Status {
    didSet { head = nil }
  }
  package var fields: HTTPFields {
    didSet { head = nil }
  }
  package var body: ResponseBody
  /// Where status and fields are those of a head that was made before.
  package private(set) var head: PreparedHead?

  package init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: ResponseBody = .empty) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  package init(_ head: PreparedHead, body: ResponseBody = .empty) {
    self.init(status: head.status, fields: head.fields, body: body)
    self.head = head
  }
}

package enum ResponseBody {
  case empty
  /// The slices whose concatenation is the body.
  case bytes([ArraySlice<UInt8>])
  /// Of unknown length, pulled while the peer takes it.
  case stream(any BodySource)
}

/// A streamed body; confined to its connection's event loop once it is asked. Pulled, never pushed: a slow peer costs
/// nothing.
package protocol BodySource: AnyObject {
  /// Whether it goes on for as long as its client listens: a shutdown ends it, while others come to their end.
  var isEndless: Bool { get }
  /// Appends what is ready, about 64 KiB at most.
  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress
  /// The response is over, or its connection lost. Called once.
  func closed()
}

extension BodySource {
  package var isEndless: Bool { false }
}

package enum BodyProgress: Hashable, Sendable {
  /// More is ready than fitted: ask again when this is sent. With nothing appended: nothing yet, ask again in a later
  /// turn of the event loop, when others had theirs.
  case more
  /// Nothing is ready: ask again at the next wake (a change, a tick of a second).
  case wait
  case end
}

extension Response {
  /// Nobody is there to take it: its stream, if it has one, will not be asked.
  package func abandon() {
    if case .stream(let source) = body { source.closed() }
  }
}

/// What becomes of a request.
package enum EventualResponse {
  case now(Response)
  /// Needs the store, or too long a computation for the event loop: runs as a task off it, once the request is decoded
  /// and checked. Cancelled when nobody waits for it any more.
  case later(@concurrent @Sendable () async -> sending Response)
}

/// Answers REST requests on the event loop that read them; must not block it.
package protocol Responder: Sendable {
  func respond(to request: Request) -> EventualResponse
  /// The transport answered by itself, with this status code: a request that was too large, or too much at a time.
  func answeredItself(_ code: Int)
}

extension Responder {
  package func answeredItself(_ code: Int) {}
}
