import Catalog
import GRPC
import Messages
import Wire

/// `ListScaleEvents`: a task makes a page of scale events, off the event loop.
struct ListScaleEventsMethod: Sendable {
  let reader: CatalogReader

  func reply(to bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try ScaleRequest.decode(bytes) }
    let read = try statused { () throws(ReadError) in
      let read = try ScaleRead(request)
      try reader.requireReady()
      return read
    }
    return later { () async throws(Status) in
      let (events, hasMore) = reader.scaleEvents(read)
      let token = hasMore ? events.last.map { read.token(after: $0.mark) } : nil
      return .slice(ScalePage(events: events, nextPageToken: token ?? "").encode()[...])
    }
  }
}
