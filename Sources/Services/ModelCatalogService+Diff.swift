import Catalog
import GRPC
import Messages
import Wire

extension ModelCatalogService {
  /// A page of a diff, made and packed off the event loop.
  func diff(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try DiffRequest.decode(bytes) }
    let limit = try Self.limit(request.pageSize, request.view)
    let start = try blamed { () throws(DiffError) in try DiffStart(request, environment.seal) }
    _ = try environment.readySnapshot()
    return later { [self] () async throws(Status) in
      let found = await differences.read(start)
      let difference = try blamed { () throws(DiffError) in try found.get() }
      return .message(page(of: difference, start, request.view, limit: limit))
    }
  }

  private func page(
    of difference: CatalogDifference, _ start: DiffStart, _ view: ModelView, limit: Int
  ) -> [ArraySlice<UInt8>] {
    var page = PageSlices()
    let room = maxPageBytes - Self.tailRoom()
    for model in difference.models(after: start.after) {
      page.hasMore = page.count == limit
      if page.hasMore { break }
      let element = Difference.encodeElement(model, view: view)
      page.hasMore = page.count > 0 && page.byteCount + element.count > room
      if page.hasMore { break }
      page.append(element, model.key)
    }
    let token = page.hasMore ? page.last.map { start.token(difference, last: $0, environment.seal) } : nil
    let tail = DiffTail.encode(
      nextPageToken: token ?? "", totalSize: difference.models.count, from: difference.from, to: difference.to)
    return page.slices + [tail[...]]
  }
}

private func blamed<R>(_ body: () throws(DiffError) -> R) throws(Status) -> R {
  do throws(DiffError) {
    return try body()
  } catch {
    switch error {
    case .field(let field, let text): throw .invalidArgument(field: field, text)
    case .filter(let error): throw Status(error, field: "filter")
    case .past(let error): throw Status(error)
    }
  }
}

extension PageSlices {
  /// Appends one element.
  mutating func append(_ element: [UInt8], _ key: ModelKey) {
    slices.append(element[...])
    byteCount += element.count
    count += 1
    last = key
  }
}
