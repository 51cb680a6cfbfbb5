import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  private static let defaultPageSize: Int32 = 100
  private static let maxPageSize: Int32 = 10_000
  /// In view FULL models are encoded when they are asked for, so pages are shorter (AIP-158 lets any page be).
  private static let maxFullPageSize: Int32 = 1_000

  /// Of a page's bytes, for what follows the models; keys, and so tokens, are far shorter.
  var tailRoom: Int { 16_384 }

  /// A page of the present, at once, or of the past.
  func list(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try ListRequest.decode(bytes) }
    try refuse(!request.filter.isEmpty, field: "filter")
    try refuse(!request.orderBy.isEmpty, field: "order_by")
    let limit = try Self.limit(request.pageSize, request.view)
    let after = try Self.start(request)
    let present = try environment.readySnapshot()
    if try Self.isPresent(request.atRevision, present) {
      return .message(page(of: present, request, after: after, limit: limit))
    }
    return later { [self] () async throws(Status) in
      .message(page(of: try await environment.past(at: request.atRevision), request, after: after, limit: limit))
    }
  }

  /// Whether what is asked for can be read at once.
  static func isPresent(_ revision: Int64, _ present: Snapshot) throws(Status) -> Bool {
    guard revision >= 0 else { throw .invalidArgument(field: "at_revision", "must not be negative") }
    return revision == 0 || revision == present.revision
  }

  static func limit(_ pageSize: Int32, _ view: ModelView) throws(Status) -> Int {
    guard pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    let wanted = pageSize == 0 ? defaultPageSize : pageSize
    return Int(min(wanted, view == .full ? maxFullPageSize : maxPageSize))
  }

  /// The model that the page follows; nil for the first page.
  private static func start(_ request: ListRequest) throws(Status) -> ModelKey? {
    guard !request.pageToken.isEmpty else { return nil }
    guard let token = PageToken(request.pageToken), case .list(let revision) = token.kind else {
      throw .invalidArgument(field: "page_token", "is not one that this server gave out")
    }
    guard token.namespace.utf8.elementsEqual(request.namespace.utf8) else {
      throw .invalidArgument(field: "page_token", "belongs to a list of another namespace")
    }
    guard revision == request.atRevision else {
      throw .invalidArgument(field: "page_token", "belongs to a list at another revision")
    }
    return token.last
  }

  /// Slices of the snapshot, then the fields that follow the models.
  private func page(
    of snapshot: Snapshot, _ request: ListRequest, after: ModelKey?, limit: Int
  ) -> [ArraySlice<UInt8>] {
    // Who does not answer now has no word on the past.
    let unreachable = request.atRevision == 0 ? environment.unreachableNow : []
    let namespace = request.namespace.isEmpty ? nil : request.namespace
    let room = maxPageBytes - tailRoom - unreachable.reduce(0) { $0 + $1.utf8.count + 8 }
    var page =
      switch request.view {
      case .basic:
        snapshot.page(namespace: namespace, after: after, limit: limit, maxBytes: room, sight: .all)
      case .full:
        fullPage(
          snapshot.refs(namespace: namespace, after: after, sight: .all), limit, maxBytes: room,
          environment.observedAt(atRevision: request.atRevision))
      }
    var token = ""
    if page.hasMore, let last = page.last {
      token = PageToken(.list(at: request.atRevision), namespace: request.namespace, last: last).text
    }
    let tail = ListTail.encode(
      nextPageToken: token, totalSize: snapshot.count(namespace: namespace, sight: .all), revision: snapshot.revision,
      unreachable: unreachable)
    page.slices.append(tail[...])
    return page.slices
  }

  private func fullPage(
    _ models: ModelRefs, _ limit: Int, maxBytes: Int, _ observedAt: (String) -> Timestamp?
  ) -> Page {
    let encoder = FullEncoder()
    var page = Page()
    for ref in models {
      page.hasMore = page.count == limit
      if page.hasMore { break }
      let element = encoder.encodeElement(ref.model, observedAt: observedAt)
      page.hasMore = page.count > 0 && page.byteCount + element.count > maxBytes
      if page.hasMore { break }
      page.append(element, ref.key)
    }
    return page
  }
}
