import Catalog
import GRPC
import Messages
import Wire

/// `DiffModels`: a task makes and packs a page of a diff, off the event loop.
struct DiffModelsMethod: Sendable {
  let reader: CatalogReader
  let maxPageBytes: Int

  func reply(to bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try DiffRequest.decode(bytes) }
    let (limit, read) = try statused { () throws(ReadError) in
      let limit = try PageSize.limit(request.pageSize, request.view)
      let read = try DiffRead(request, reader.signer)
      try reader.requireReady()
      return (limit, read)
    }
    return later { () async throws(Status) in
      let difference = try await statused { () async throws(ReadError) in try await reader.difference(read) }
      return .message(page(of: difference, read, request.view, limit: limit))
    }
  }

  private func page(
    of difference: CatalogDifference, _ read: DiffRead, _ view: ModelView, limit: Int
  ) -> [ArraySlice<UInt8>] {
    var page = PageSlices()
    let room = maxPageBytes - PageSize.tailRoom()
    for model in difference.models(after: read.after) {
      page.hasMore = page.count == limit
      if page.hasMore { break }
      let element = Difference.encodeElement(model, view: view)
      page.hasMore = page.count > 0 && page.byteCount + element.count > room
      if page.hasMore { break }
      page.append(element, model.key)
    }
    let token = page.hasMore ? page.last.map { read.token(difference, last: $0, reader.signer) } : nil
    let tail = DiffTail.encode(
      nextPageToken: token ?? "", totalSize: difference.models.count, from: difference.from, to: difference.to)
    return page.slices + [tail[...]]
  }
}
