import GRPC
import Messages

extension CatalogClient {
  /// One page.
  package func list(_ request: ListRequest, timeout: Duration? = nil) async throws -> ListPage {
    let response = try await transport.unary(
      "/\(ServiceDescription.modelCatalog.name)/ListModels", request.encode(), options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try ListPage.decode(response.message) }
  }

  /// Every page, as one, of at most `limit` models; all pages show one revision. `timeout` is for each call.
  ///
  /// `onExpiry` says what to do when the server no longer knows that revision in the middle of the list: it is told how
  /// often that has happened. By itself the status is thrown.
  package func listAll(
    _ request: ListRequest, limit: Int = .max, timeout: Duration? = nil,
    onExpiry: (Int) -> ExpiredList = { _ in .giveUp }
  ) async throws -> ListPage {
    var walk = ListWalk(request, limit: limit)
    while let next = walk.next {
      do {
        try walk.add(try await list(next, timeout: timeout))
      } catch let status as Status {
        try walk.expired(status, onExpiry)
      }
    }
    return walk.all
  }
}

/// What to do about a list that expired before its last page.
package enum ExpiredList: Hashable, Sendable {
  case giveUp
  case startAgain
  /// With what is there now: models may be missing, or there twice.
  case goOn
}

/// A list that is read page by page.
private struct ListWalk {
  private static let largestPage = 10_000
  /// What is asked for next; nil when all is there.
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
    let asked = next?.pageToken ?? ""
    if !page.nextPageToken.isEmpty, page.nextPageToken == asked {
      // It would be asked for ever.
      throw Status(.internal, "the server answered a page token with itself")
    }
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

  /// Asks for no more than is wanted, and for as much at once as a server gives.
  private func sized(_ request: ListRequest) -> ListRequest {
    var request = request
    request.pageSize = Int32(min(Self.largestPage, max(1, limit - all.models.count)))
    return request
  }
}
