package import HTTPTypes

/// The answer to a request. The transport adds `content-length` (or chunks), `date` and the fields of its protocol. It
/// sends no body in answer to HEAD, nor with 204 and 304.
package struct Response {
  package var status: HTTPResponse.Status {
    didSet { head = nil }
  }
  package var fields: HTTPFields {
    didSet { head = nil }
  }
  package var body: ResponseBody
  /// Whether others hold the bytes of the body, too: they do not count as memory of the request.
  package var isShared = false
  /// The prepared head that holds status and fields; nil when they were set singly.
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
  /// A body of unknown length, which the transport pulls while the peer reads it.
  case stream(any BodySource)
}

extension Response {
  /// Drops a response that the transport does not send: no connection will ask its stream, if it has one.
  package func abandon() {
    if case .stream(let source) = body { source.closed() }
  }
}

extension HTTPField.Name {
  /// The `Link` field (RFC 8288).
  package static let link = HTTPField.Name("Link")!
}
