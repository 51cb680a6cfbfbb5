internal import NIOHTTP1

/// A complete request to a simulated engine or to the control server.
struct SimulatedRequest {
  var method: HTTPMethod
  /// The path, percent-encoded, without the query.
  var path: String
  /// The query without the question mark; nil when the target has none.
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
