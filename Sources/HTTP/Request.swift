package import HTTPTypes

/// One request of a REST client, from HTTP/1.1 or HTTP/2 alike. It is valid while it is answered on its event loop: a
/// later answer copies the parts that it needs before.
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
