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
  /// Bytes of a turn; fewer where models are encoded for this stream alone.
  private static let budget = 65_536
  private static let fullBudget = 16_384

  let isEndless = true
  private let environment: ServiceEnvironment
  private let query: WatchQuery
  /// Made when the first bytes are asked for.
  private var cursor: WatchCursor?
  /// Made once the list may be told.
  private var readings: ReadingsCursor?
  private var lastSent: ContinuousClock.Instant?
  /// The model in view FULL whose event is being sent.
  private var entry: FullEntry?
  private var slot: WatchSlot?

  /// Takes over a slot that was taken.
  init(_ environment: ServiceEnvironment, _ query: WatchQuery, _ slot: WatchSlot) {
    self.slot = slot
    self.environment = environment
    self.query = query
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    let isFirst = cursor == nil
    var cursor = self.cursor ?? WatchCursor(query, now: now)
    defer {
      self.cursor = cursor
      slot?.note(cursor)
    }
    let before = out.count
    if isFirst { out.append(Self.opening) }
    let view = environment.catalog.view
    let board = environment.catalog.readings
    let version = board.version
    if readings == nil, view.canList {
      readings = query.readingsInterval.map { ReadingsCursor(query, interval: $0, now: now) }
    }
    let budget = query.view == .full ? Self.fullBudget : Self.budget
    var count = 0
    var progress: BodyProgress?
    while progress == nil, count < budget {
      if let bytes = continued() {
        count += bytes.count
        out.append(bytes[...])
        continue
      }
      let step = cursor.next(view, now: now)
      slot?.note(step)
      switch step {
      case .item(let item):
        readings?.sends(item, version: version)
        let bytes = encode(item)
        count += bytes.count
        out.append(bytes[...])
      case .again:
        progress = .more
      case .wait:
        switch readings?.next(view.snapshot, board, now: now) {
        case .item(let told):
          let bytes = told.sse(ReadingsEvent.sse)
          count += bytes.count
          out.append(bytes[...])
        case .again: progress = .more
        case .wait, nil: progress = .wait
        }
      case .failed:
        progress = .end
      }
    }
    if out.count == before, let lastSent, now - lastSent >= Self.commentInterval { out.append(Self.comment) }
    if out.count > before { lastSent = now }
    return progress ?? .more
  }

  func closed() {
    if let slot { environment.slots.release(slot) }
    slot = nil
    cursor = nil
    readings = nil
  }

  /// More of the event that was begun.
  private func continued() -> [UInt8]? {
    guard entry != nil else { return nil }
    var bytes = [UInt8]()
    while bytes.count < Self.fullBudget {
      if entry?.append(to: &bytes) == true { continue }
      entry = nil
      return bytes + ServerSentEvent.closing
    }
    return bytes
  }

  /// An event; in view FULL its beginning, as a model may have thousands of replicas.
  private func encode(_ item: WatchItem) -> [UInt8] {
    if query.view == .full, let model = item.model, let basic = item.basicJSON {
      entry = FullEntry(model, basic: basic, reading: environment.reading)
      return ServerSentEvent.opening(item.kind, revision: item.revision, hasModel: true)
    }
    return item.encoded?.sse ?? ServerSentEvent.encode(item.kind, json: item.basicJSON, revision: item.revision)
  }
}

extension WatchCursor {
  fileprivate init(_ query: WatchQuery, now: ContinuousClock.Instant) {
    self.init(
      namespace: query.namespace, filter: query.filter, sight: .all, startRevision: query.startRevision, now: now)
  }
}

extension ReadingsCursor {
  fileprivate init(_ query: WatchQuery, interval: Duration, now: ContinuousClock.Instant) {
    self.init(interval: interval, namespace: query.namespace, filter: query.filter, now: now)
  }
}
