package import HTTPTypes

/// The answer. The transport adds `content-length` (or chunks), `date` and the fields of its protocol, and sends no body
/// to HEAD and with 204 and 304.
package struct Response {
  package var status: HTTPResponse.Status {
    didSet { head = nil }
  }
  package var fields: HTTPFields {
    didSet { head = nil }
  }
  package var body: ResponseBody
  /// The head that status and fields came from; nil when they were set one by one.
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

extension Response {
  /// Drops a response that is not sent: its stream, if it has one, will not be asked.
  package func abandon() {
    if case .stream(let source) = body { source.closed() }
  }
}

extension HTTPField.Name {
  /// RFC 8288.
  package static let link = HTTPField.Name("Link")!
}
