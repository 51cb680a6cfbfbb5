import Catalog
import GRPC
import HTTP
import Messages
import Wire

/// `ListModels`: answers with a page, at once where its parts are at hand, otherwise from a task.
struct ListModelsMethod: Sendable {
  private let environment: ServiceEnvironment
  private let reader: CatalogReader
  private let cache: PageCache
  private let compressed: CompressedPages
  private let maxPageBytes: Int

  init(_ environment: ServiceEnvironment, _ reader: CatalogReader, maxPageBytes: Int) {
    self.environment = environment
    self.reader = reader
    self.maxPageBytes = maxPageBytes
    cache = environment.caches.pages
    compressed = CompressedPages(bodies: environment.caches.compressedBodies)
  }

  func reply(to bytes: ArraySlice<UInt8>, for caller: Caller, acceptsGzip: Bool) throws(Status) -> Reply {
    let compressed = acceptsGzip ? compressed : nil
    let present = try statused { () throws(ReadError) in try reader.present() }
    let unreachable = environment.unreachableNow
    if let answer = cache.find(bytes, present.revision, unreachable: unreachable) {
      // The cached answer's page token refers to this snapshot, which must stay for the next page.
      reader.catalog.hold(present)
      return answer.reply(compressed)
    }
    let request = try decoded { () throws(MalformedMessage) in try ListRequest.decode(bytes) }
    let read = try statused { () throws(ReadError) in try ListRead(request, reader.signer) }
    let writer = ListModelsWriter(read, request, reader, unreachable: unreachable, maxBytes: maxPageBytes)
    let snapshot = reader.snapshotNow(read, present: present)
    if let snapshot, let page = try statused({ () throws(ReadError) in try reader.listNow(read, of: snapshot) }) {
      guard writer.isQuick(page) else { return later { () async throws(Status) in writer.reply(page, compressed) } }
      guard snapshot.revision == present.revision, read.isSettled else { return writer.reply(page, compressed) }
      let answer = writer.written(page)
      cache.insert(answer, for: bytes, present.revision, unreachable: unreachable)
      return answer.reply(compressed)
    }
    return later { () async throws(Status) in
      let page = try await statused { () async throws(ReadError) in
        try await reader.list(read, of: snapshot, for: caller)
      }
      return writer.reply(page, compressed)
    }
  }
}

extension ListRead {
  fileprivate init(_ request: ListRequest, _ signer: TokenSigner) throws(ReadError) {
    let query = ListQuery(
      request.namespace.isEmpty ? .all : .namespace(request.namespace),
      filter: try QueryText.filter(request.filter), order: try QueryText.order(request.orderBy))
    let limit = try PageSize.limit(request.pageSize, request.view)
    guard request.atRevision >= 0 else { throw .invalid(field: "at_revision", problem: "must not be negative") }
    let start = request.pageToken.isEmpty ? PageRequest.Start.first : .token(request.pageToken)
    try self.init(
      query, view: request.view, atRevision: request.atRevision, page: PageRequest(start: start, limit: limit), signer)
  }
}

/// Writes a page as `ListModelsResponse`.
private struct ListModelsWriter: Sendable {
  private let read: ListRead
  private let ifNoneMatch: String
  private let reader: CatalogReader
  private let unreachable: [String]
  private let maxBytes: Int

  init(_ read: ListRead, _ request: ListRequest, _ reader: CatalogReader, unreachable: [String], maxBytes: Int) {
    self.read = read
    self.reader = reader
    // The sources that do not answer now do not matter for the past.
    self.unreachable = read.atRevision == 0 ? unreachable : []
    ifNoneMatch = request.ifNoneMatch
    self.maxBytes = maxBytes
  }

  /// Whether an event loop may write the page.
  func isQuick(_ page: CatalogPage) -> Bool {
    guard read.view == .full else { return page.list.isQuick(page.range) }
    var replicas = 0
    for ref in page.list.refs(page.range) {
      replicas += max(1, ref.model.replicas.count)
      if replicas > FullEncoder.quickLimit { return false }
    }
    return true
  }

  /// The page; in view BASIC it shares the snapshot's bytes.
  func reply(_ page: CatalogPage, _ compressed: CompressedPages?) -> Reply {
    read.view == .basic ? written(page).reply(compressed) : .message(written(page).slices)
  }

  /// The slices of the list, then the fields that follow the models.
  func written(_ shown: CatalogPage) -> WrittenPage {
    let list = shown.list
    let room = maxBytes - PageSize.tailRoom(unreachable)
    var page =
      switch read.view {
      case .basic: list.page(shown.range, maxBytes: room)
      case .full: fullPage(shown, maxBytes: room)
      }
    let end = shown.range.lowerBound + page.count
    let token = end < list.count && page.count > 0 ? reader.token(after: end - 1, of: shown, read) : ""
    let etag = etag(list, shown.range.lowerBound..<end)
    let notModified = !etag.isEmpty && etag == ifNoneMatch
    if notModified { page.slices = [] }
    let tail = ListTail.encode(
      nextPageToken: token, totalSize: list.count, revision: list.snapshot.revision, unreachable: unreachable,
      etag: etag, notModified: notModified)
    page.slices.append(tail[...])
    return WrittenPage(slices: page.slices, isTagged: !etag.isEmpty)
  }

  private func fullPage(_ shown: CatalogPage, maxBytes: Int) -> PageSlices {
    let encoder = FullEncoder()
    let readings = reader.readings(atRevision: read.atRevision)
    var page = PageSlices()
    for ref in shown.list.refs(shown.range) {
      let element = encoder.encodeElement(ref.model, reading: readings)
      if page.count > 0, page.byteCount + element.count > maxBytes { break }
      page.append(element, ref.key)
    }
    return page
  }

  /// The tag of the page among pages of the same query. It hashes facts alone, so it is the same after a restart and on
  /// every replica. Empty where the page shows readings or the query uses them, because they move all the time.
  private func etag(_ list: ListResult, _ range: Range<Int>) -> String {
    guard read.view == .basic, !read.query.usesReadings else { return "" }
    let models = list.contentHash(range)
    let more: UInt64 = range.upperBound < list.count ? 1 : 0
    // The first number stands for the encoding of the models: another encoding would need another number.
    let parts = [1] + read.fingerprint.words + [models.first, models.second, UInt64(range.count), more]
    var bytes = [UInt8]()
    for part in parts { bytes.append(word: part) }
    return ContentHash(of: bytes).hex
  }
}
