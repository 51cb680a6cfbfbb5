/// One HTTP request to an engine, below its URL.
package struct EngineRequest: Hashable, Sendable {
  package var path: String
  /// JSON to POST; nil makes it a GET.
  package var body: String?
  package var accept = "application/json"
  /// The largest body of a response, in bytes; a larger one is a failure.
  package var limit: Int
  /// nil: the rest of the probe's time.
  package var timeout: Duration?

  /// The largest list that is read, in bytes.
  package static let listLimit = 8 << 20
  /// The largest other answer that is read, in bytes.
  package static let otherLimit = 1 << 20

  package init(_ path: String, body: String? = nil, limit: Int = EngineRequest.otherLimit, timeout: Duration? = nil) {
    self.path = path
    self.body = body
    self.limit = limit
    self.timeout = timeout
  }
}
