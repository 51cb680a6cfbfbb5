package import HTTPTypes

/// One request of a REST client, over HTTP/1.1 or HTTP/2. It is valid while its event loop answers it: a later answer
/// has to copy the parts that it needs before that.
package struct Request {
  package var method: HTTPRequest.Method
  /// The percent-encoded path, without the query.
  package var path: String
  /// The query without the question mark; nil when the request has none.
  package var query: String?
  package var body: [UInt8]
  package var caller: Caller
  private let fields: any RequestFields

  package init(
    method: HTTPRequest.Method, path: String, query: String?, fields: any RequestFields, body: [UInt8],
    caller: Caller
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.body = body
    self.caller = caller
  }

  package init(
    method: HTTPRequest.Method, path: String, query: String? = nil, fields: HTTPFields = [:], body: [UInt8] = [],
    caller: Caller = Caller(peerID: 1, connectionID: 1)
  ) {
    self.init(
      method: method, path: path, query: query, fields: FieldList(fields), body: body, caller: caller)
  }

  /// The value of a header field, with its lines joined by ", "; nil when it is absent.
  package subscript(name: HTTPField.Name) -> String? {
    fields.value(of: name.canonicalName)
  }
}
