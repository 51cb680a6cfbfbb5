import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  private static let defaultPageSize: Int32 = 100
  private static let maxPageSize: Int32 = 10_000
  /// In view FULL models are encoded on the event loop, so pages are shorter (AIP-158 lets any page be).
  private static let maxFullPageSize: Int32 = 1_000

  /// A page: slices of the snapshot, then the fields that follow the models.
  func list(_ bytes: ArraySlice<UInt8>) throws(Status) -> [ArraySlice<UInt8>] {
    let request = try decoded { () throws(MalformedMessage) in try ListRequest.decode(bytes) }
    try refuse(!request.filter.isEmpty, field: "filter")
    try refuse(!request.orderBy.isEmpty, field: "order_by")
    try refuse(request.atRevision != 0, field: "at_revision")
    let limit = try Self.limit(request)
    let after = try Self.start(request)
    let snapshot = try readySnapshot()
    let unreachable = environment.unreachable()
    let namespace = request.namespace.isEmpty ? nil : request.namespace
    // Room for what follows the models; keys, and so tokens, are far shorter.
    let room = maxPageBytes - 16_384 - unreachable.reduce(0) { $0 + $1.utf8.count + 8 }
    var page =
      switch request.view {
      case .basic: snapshot.page(namespace: namespace, after: after, limit: limit, maxBytes: room, sight: .all)
      case .full: fullPage(snapshot.refs(namespace: namespace, after: after, sight: .all), limit, maxBytes: room)
      }
    var token = ""
    if page.hasMore, let last = page.last {
      token = PageToken(namespace: request.namespace, last: last).text
    }
    let tail = ListTail.encode(
      nextPageToken: token, totalSize: snapshot.count(namespace: namespace, sight: .all), revision: snapshot.revision,
      unreachable: unreachable)
    page.slices.append(tail[...])
    return page.slices
  }

  static func limit(_ request: ListRequest) throws(Status) -> Int {
    guard request.pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    let wanted = request.pageSize == 0 ? defaultPageSize : request.pageSize
    return Int(min(wanted, request.view == .full ? maxFullPageSize : maxPageSize))
  }

  /// The model that the page follows; nil for the first page.
  private static func start(_ request: ListRequest) throws(Status) -> ModelKey? {
    guard !request.pageToken.isEmpty else { return nil }
    guard let token = PageToken(request.pageToken) else {
      throw .invalidArgument(field: "page_token", "is not one that this server gave out")
    }
    guard token.namespace.utf8.elementsEqual(request.namespace.utf8) else {
      throw .invalidArgument(field: "page_token", "belongs to a list of another namespace")
    }
    return token.last
  }

  private func fullPage(_ models: ModelRefs, _ limit: Int, maxBytes: Int) -> Page {
    let encoder = FullEncoder()
    var page = Page()
    for ref in models {
      guard page.count < limit else {
        page.hasMore = true
        break
      }
      let element = encoder.encodeElement(ref.model, observedAt: environment.observedAt)
      guard page.count == 0 || page.byteCount + element.count <= maxBytes else {
        page.hasMore = true
        break
      }
      page.slices.append(element[...])
      page.byteCount += element.count
      page.count += 1
      page.last = ref.key
    }
    return page
  }
}
