import HTTP

/// The `Link` field (RFC 8288) of a page: the same request with the token of the next page.
struct NextLink: Sendable {
  /// The parameters that mean the same for every page. The link leaves out unknown parameters, so that it stays short.
  private static let kept = ["client_version", "namespace", "view", "filter", "order_by", "at_revision", "limit"]

  /// The parameters as percent-encoded pairs.
  private let parameters: [String]

  init(_ query: Query) {
    parameters = query.parameters.filter { Self.kept.contains($0.name) && !$0.value.isEmpty }
      .map { $0.name + "=" + PercentEncoding.encode($0.value) }
  }

  func text(pageToken: String) -> String {
    let query = (parameters + ["page_token=" + PercentEncoding.encode(pageToken)]).joined(separator: "&")
    return "</v1/models?\(query)>; rel=\"next\""
  }
}
