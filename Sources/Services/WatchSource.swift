import Catalog
import HTTP
import Wire

/// `GET /v1/models?watch=true`: the list and its changes as server-sent events (WHATWG HTML, 9.2), and a comment
/// whenever nothing was sent for 15 s, so that nobody in between takes the connection for dead.
final class WatchSource: BodySource {
  static let commentInterval: Duration = .seconds(15)
  /// Milliseconds that a client waits before it comes back.
  private static let opening = Array("retry: 2000\n\n".utf8)[...]
  private static let comment = Array(":\n\n".utf8)[...]
  private static let budget = 65_536

  private let environment: ServiceEnvironment
  private let query: ModelsQuery
  /// Made when the first bytes are asked for.
  private var cursor: WatchCursor?
  private var lastSent: ContinuousClock.Instant?
  private var holdsSlot = true

  /// Takes over a slot that was taken.
  init(_ environment: ServiceEnvironment, _ query: ModelsQuery) {
    self.environment = environment
    self.query = query
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    let isFirst = cursor == nil
    var cursor =
      self.cursor
      ?? WatchCursor(namespace: query.namespace, sight: .all, startRevision: query.startRevision, now: now)
    defer { self.cursor = cursor }
    let before = out.count
    if isFirst { out.append(Self.opening) }
    let view = environment.catalogue.view
    var count = 0
    var progress: BodyProgress?
    while progress == nil, count < Self.budget {
      switch cursor.next(view, now: now) {
      case .item(let item):
        let bytes = encode(item)
        count += bytes.count
        out.append(bytes[...])
      case .again:
        progress = .more
      case .wait:
        progress = .wait
      case .failed:
        progress = .end
      }
    }
    if out.count == before, let lastSent, now - lastSent >= Self.commentInterval { out.append(Self.comment) }
    if out.count > before { lastSent = now }
    return progress ?? .more
  }

  func closed() {
    if holdsSlot { environment.slots.release(.sse) }
    holdsSlot = false
    cursor = nil
  }

  private func encode(_ item: WatchItem) -> [UInt8] {
    if query.view == .full, let model = item.model {
      let json = fullJSON(model, observedAt: environment.observedAt)
      return ServerSentEvent.encode(item.kind, json: json, revision: item.revision)
    }
    return item.encoded?.sse
      ?? ServerSentEvent.encode(item.kind, json: item.json.map(Array.init), revision: item.revision)
  }
}
