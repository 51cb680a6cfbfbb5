import GRPC

/// The reaction to a list that expired before its last page.
package enum ExpiredList: Hashable, Sendable {
  case giveUp
  case startAgain
  /// Continues with the present: the list may then miss models, or hold them twice.
  case goOn
}

/// A list that the client reads page by page.
struct ListWalk {
  private static let largestPage = 10_000
  /// The next request; nil when the list is complete.
  private(set) var next: ListRequest?
  private(set) var all = ListPage()
  private let first: ListRequest
  private let limit: Int
  private var expiries = 0

  init(_ request: ListRequest, limit: Int) {
    first = request
    self.limit = limit
    next = sized(request)
  }

  mutating func add(_ page: ListPage) throws(Status) {
    if !page.nextPageToken.isEmpty { try refuseLoop(next?.pageToken ?? "", page.nextPageToken) }
    let models = all.models + page.models.prefix(limit - all.models.count)
    all = page
    all.models = models
    next = page.nextPageToken.isEmpty || models.count >= limit ? nil : following(page.nextPageToken)
  }

  mutating func expired(_ status: Status, _ onExpiry: (Int) -> ExpiredList) throws(Status) {
    guard let info = status.info, info.reason == "PAGE_TOKEN_EXPIRED", let token = info.metadata["page_token"] else {
      throw status
    }
    expiries += 1
    switch onExpiry(expiries) {
    case .giveUp:
      throw status
    case .startAgain:
      all = ListPage()
      next = sized(first)
    case .goOn:
      next = following(token)
    }
  }

  private func following(_ token: String) -> ListRequest {
    var request = sized(first)
    request.pageToken = token
    return request
  }

  /// A request for no more models than the caller wants, and for as many at once as a server gives.
  private func sized(_ request: ListRequest) -> ListRequest {
    var request = request
    request.pageSize = Int32(min(Self.largestPage, max(1, limit - all.models.count)))
    return request
  }
}
