import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  private static let defaultPageSize: Int32 = 100
  private static let maxPageSize: Int32 = 10_000
  /// In view FULL models are encoded when they are asked for, so pages are shorter (AIP-158 lets any page be).
  private static let maxFullPageSize: Int32 = 1_000

  /// A page: at once of what is at hand, else as a task.
  func list(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let present = try environment.readySnapshot()
    let unreachable = environment.unreachableNow
    if let answer = known.find(bytes, present.revision, unreachable: unreachable) {
      // Its token is given out again.
      environment.catalog.hold(present)
      return .message(answer)
    }
    let request = try decoded { () throws(MalformedMessage) in try ListRequest.decode(bytes) }
    let start = try ListStart(request, environment.seal)
    let snapshot = start.revision == 0 ? present : environment.catalog.held(at: start.revision)
    if let snapshot, let list = environment.catalog.listNow(start.query, of: snapshot) {
      let range = range(start, list)
      if isQuick(start, list, range) {
        let answer = page(start, list, range, unreachable)
        if list.snapshot.revision == present.revision, start.isSettled {
          known.keep(bytes, present.revision, unreachable: unreachable, answer)
        }
        return .message(answer)
      }
      return later { () async throws(Status) in .message(page(start, list, range, unreachable)) }
    }
    return later { () async throws(Status) in
      let list = try await made(start.query, of: try await past(start, snapshot))
      // Else it may be empty because nobody waits for it.
      if Task.isCancelled { throw Status(.cancelled) }
      return .message(page(start, list, range(start, list), unreachable))
    }
  }

  private func made(_ query: ListQuery, of snapshot: Snapshot) async throws(Status) -> ListResult {
    do throws(TooManyLists) {
      return try await environment.catalog.list(query, of: snapshot)
    } catch {
      throw Status(
        .resourceExhausted, "too many lists that take time are waiting: try again later", reason: "TOO_MANY_LISTS")
    }
  }

  static func limit(_ pageSize: Int32, _ view: ModelView) throws(Status) -> Int {
    guard pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    let wanted = pageSize == 0 ? defaultPageSize : pageSize
    return Int(min(wanted, view == .full ? maxFullPageSize : maxPageSize))
  }

  /// Whether what is asked for can be read at once.
  static func isPresent(_ revision: Int64, _ present: Snapshot) throws(Status) -> Bool {
    guard revision >= 0 else { throw .invalidArgument(field: "at_revision", "must not be negative") }
    return revision == 0 || revision == present.revision
  }

  /// The snapshot that a page shows, made of the history unless it is known.
  private func past(_ start: ListStart, _ known: Snapshot?) async throws(Status) -> Snapshot {
    if let known { return known }
    do throws(PastError) {
      return try await environment.catalog.past(at: start.revision)
    } catch {
      guard var token = start.token, case .list(let revision) = token.kind else { throw Status(error) }
      token.kind = .list(revision: 0)
      environment.expiredTokens.increase()
      throw Status(
        .outOfRange,
        "revision \(revision), which the pages before showed, is no longer known: start again, or go on with what is "
          + "there now by the page token in the details",
        reason: "PAGE_TOKEN_EXPIRED",
        metadata: ["page_token": token.text(environment.seal), "revision": String(revision)])
    }
  }

  private func range(_ start: ListStart, _ list: ListResult) -> Range<Int> {
    let first = start.place(in: list)
    return first..<min(list.count, first + start.limit)
  }

  private func isQuick(_ start: ListStart, _ list: ListResult, _ range: Range<Int>) -> Bool {
    guard start.view == .full else { return list.isQuick(range) }
    var replicas = 0
    for ref in list.refs(range) {
      replicas += max(1, ref.model.replicas.count)
      if replicas > FullEncoder.quickLimit { return false }
    }
    return true
  }

  /// Slices of the list, then the fields that follow the models.
  private func page(
    _ start: ListStart, _ list: ListResult, _ range: Range<Int>, _ unreachable: [String]
  ) -> [ArraySlice<UInt8>] {
    // Who does not answer now has no word on the past.
    let unreachable = start.atRevision == 0 ? unreachable : []
    let room = maxPageBytes - Self.tailRoom(unreachable)
    var page =
      switch start.view {
      case .basic: list.page(range, maxBytes: room)
      case .full: fullPage(list, range, maxBytes: room, environment.reading(atRevision: start.atRevision))
      }
    let end = range.lowerBound + page.count
    var token = ""
    if end < list.count, page.count > 0 {
      token = start.next(list.position(at: end - 1), of: list.snapshot).text(environment.seal)
      if start.isConsistent { environment.catalog.hold(list.snapshot) }
    }
    let etag = start.etag(list, range.lowerBound..<end)
    let notModified = !etag.isEmpty && etag == start.ifNoneMatch
    if notModified { page.slices = [] }
    let tail = ListTail.encode(
      nextPageToken: token, totalSize: list.count, revision: list.snapshot.revision, unreachable: unreachable,
      etag: etag, notModified: notModified)
    page.slices.append(tail[...])
    return page.slices
  }

  /// What follows the models takes no more: tags and lengths, numbers, the etag, the names, and a token.
  static func tailRoom(_ unreachable: [String] = []) -> Int {
    100 + unreachable.reduce(0) { $0 + $1.utf8.count + 8 } + PageToken.maxTextCount
  }

  private func fullPage(
    _ list: ListResult, _ range: Range<Int>, maxBytes: Int, _ reading: (String) -> EngineReading?
  ) -> PageSlices {
    let encoder = FullEncoder()
    var page = PageSlices()
    for ref in list.refs(range) {
      let element = encoder.encodeElement(ref.model, reading: reading)
      if page.count > 0, page.byteCount + element.count > maxBytes { break }
      page.append(element, ref.key)
    }
    return page
  }
}
