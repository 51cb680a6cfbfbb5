/// One HTTP request to an engine, below its URL.
package struct EngineRequest: Hashable, Sendable {
  package var path: String
  /// JSON to POST; nil makes it a GET.
  package var body: String?
  package var accept = "application/json"
  /// Bytes of the answer's body; more is a failure.
  package var limit: Int
  /// nil: what is left of the probe's time.
  package var timeout: Duration?

  /// The largest list that is read.
  package static let listLimit = 8 << 20
  /// The largest other answer that is read.
  package static let otherLimit = 1 << 20

  package init(_ path: String, body: String? = nil, limit: Int = EngineRequest.otherLimit, timeout: Duration? = nil) {
    self.path = path
    self.body = body
    self.limit = limit
    self.timeout = timeout
  }
}
