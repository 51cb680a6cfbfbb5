import Catalog
import Foundation
import GRPC
import HTTP
import Messages
import Testing
import Wire

/// One event of a watch as its reader sees it.
struct FeedEvent {
  var kind: EventKind
  var key: ModelKey?
  var shown: Shown?
  var revision: Int64
}

/// What a watch shows of a model: server-sent events have its etag alone that is compared.
struct Shown: Hashable {
  var etag: String
  var model: Model?
}

/// A watch by one of the protocols.
enum WatchFeed {
  case grpc(any StreamHandler)
  case sse(EventBytes)

  /// What is ready; nil when the watch is over.
  func pull(now: ContinuousClock.Instant) throws -> [FeedEvent]? {
    switch self {
    case .grpc(let stream):
      var buffer = MessageBuffer()
      let progress = stream.produce(into: &buffer, now: now)
      if case .end(let status) = progress {
        #expect(status.code == .resourceExhausted, "\(status)")
        return nil
      }
      return try messages(buffer).compactMap { bytes in
        guard let event = try WatchEvent.decode(bytes) else { return nil }
        let shown = event.model.map { Shown(etag: $0.model.etag, model: $0.model) }
        return FeedEvent(kind: event.kind, key: event.key, shown: shown, revision: event.revision)
      }
    case .sse(let bytes):
      return bytes.pull(now: now)?.map(FeedEvent.init)
    }
  }

  func close() {
    switch self {
    case .grpc(let stream): stream.closed()
    case .sse(let bytes): bytes.source.closed()
    }
  }
}

/// A stream of server-sent events, which may be cut anywhere.
final class EventBytes {
  let source: any BodySource
  private var rest: [UInt8] = []

  init(_ source: any BodySource) {
    self.source = source
  }

  /// The events that are whole now; nil when the stream is over.
  func pull(now: ContinuousClock.Instant) -> [EventStreamParser.Event]? {
    var slices = [ArraySlice<UInt8>]()
    if source.produce(into: &slices, now: now) == .end { return nil }
    rest += slices.joined()
    guard let end = rest.indices.dropLast().last(where: { rest[$0...].starts(with: "\n\n".utf8) }) else { return [] }
    defer { rest.removeSubrange(...(end + 1)) }
    return EventStreamParser(rest[...(end + 1)]).events
  }
}

extension FeedEvent {
  fileprivate init(_ event: EventStreamParser.Event) {
    let model = event.json["model"] as? [String: Any]
    kind = EventKind.allCases.first { $0.name == event.name } ?? .reset
    if let namespace = model?["namespace"] as? String, let id = model?["id"] as? String {
      key = ModelKey(namespace: namespace, id: id)
    }
    shown = (model?["etag"] as? String).map { Shown(etag: $0, model: nil) }
    revision = (event.json["revision"] as? Int64) ?? 0
  }
}
