import Catalog
import GRPC
import Messages
import Wire

/// One call of `WatchModels`: a cursor, and how its items are written.
final class WatchHandler: StreamHandler {
  private let environment: ServiceEnvironment
  private var request: WatchRequest?
  private var filter: Filter?
  /// Made when the first message is asked for.
  private var cursor: WatchCursor?
  /// Made once the list may be told.
  private var readings: ReadingsCursor?
  private var readingsInterval: Duration?
  private var slot: WatchSlot?

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    do throws(Status) {
      let request = try decoded { () throws(MalformedMessage) in try WatchRequest.decode(message) }
      readingsInterval = try ReadingsInterval.checked(request.readingsInterval, request.view)
      guard request.startRevision >= 0 else {
        throw .invalidArgument(field: "start_revision", "must not be negative")
      }
      filter = try Status.blame("filter") { () throws(QueryTextError) in try QueryText.filter(request.filter) }
      if filter?.usesReadings == true { throw .invalidArgument(field: "filter", QueryText.noReadings) }
      slot = environment.slots.take(.grpc)
      guard slot != nil else {
        throw Status(
          .resourceExhausted, "\(environment.slots.limit) watches run already", reason: "TOO_MANY_WATCHES")
      }
      self.request = request
      return nil
    } catch {
      return error
    }
  }

  func halfClosed() {}

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    guard let request else { return .wait }
    var cursor = self.cursor ?? WatchCursor(request, filter, now: now)
    defer {
      self.cursor = cursor
      slot?.note(cursor)
    }
    let view = environment.catalog.view
    let board = environment.catalog.readings
    let version = board.version
    if readings == nil, view.canList {
      readings = readingsInterval.map { ReadingsCursor(request, filter, interval: $0, now: now) }
    }
    // What the ring does not hold encoded is gathered here, many messages to a slice.
    var gathered = [UInt8]()
    var progress: Progress?
    var replicas = 0
    while progress == nil, !out.isFull, gathered.count < 32_768, replicas < FullEncoder.quickLimit {
      let step = cursor.next(view, now: now)
      slot?.note(step)
      switch step {
      case .item(let item):
        readings?.sends(item, version: version)
        if let shared = shared(item, request.view) {
          out.append(framed: gathered[...])
          gathered.removeAll()
          out.append(framed: shared[...])
        } else {
          let packed = packed(item, request.view)
          if request.view == .full { replicas += item.model?.replicas.count ?? 0 }
          WatchFrame.append(item.kind, packed: packed, revision: item.revision, to: &gathered)
        }
      case .again:
        progress = .more
      case .wait:
        switch readings?.next(view.snapshot, board, now: now) {
        case .item(let told):
          replicas += told.replicas.count
          gathered.append(contentsOf: told.framed(ReadingsEvent.framed))
        case .again: progress = .more
        case .wait, nil: progress = .wait
        }
      case .failed(let failure):
        progress = .end(Status(failure))
      }
    }
    out.append(framed: gathered[...])
    return progress ?? .more
  }

  func closed() {
    if let slot { environment.slots.release(slot) }
    slot = nil
    cursor = nil
    readings = nil
  }

  /// The bytes that all streams send; nil where the item is this stream's own.
  private func shared(_ item: WatchItem, _ view: ModelView) -> [UInt8]? {
    view == .basic || item.kind == .removed ? item.encoded?.framed : nil
  }

  private func packed(_ item: WatchItem, _ view: ModelView) -> ArraySlice<UInt8>? {
    if let model = item.model, view == .full {
      return FullEncoder().encode(model, reading: environment.reading)[...]
    }
    return item.basicPacked
  }
}

extension WatchCursor {
  fileprivate init(_ request: WatchRequest, _ filter: Filter?, now: ContinuousClock.Instant) {
    self.init(
      namespace: request.namespace.isEmpty ? nil : request.namespace, filter: filter, sight: .all,
      startRevision: request.startRevision, now: now)
  }
}

extension ReadingsCursor {
  fileprivate init(_ request: WatchRequest, _ filter: Filter?, interval: Duration, now: ContinuousClock.Instant) {
    self.init(
      interval: interval, namespace: request.namespace.isEmpty ? nil : request.namespace, filter: filter, now: now)
  }
}

extension Status {
  fileprivate init(_ failure: WatchFailure) {
    switch failure {
    case .tooSlow:
      self.init(.resourceExhausted, "the watch is too slow to catch up with the list", reason: "WATCH_TOO_SLOW")
    case .stalled:
      self.init(.resourceExhausted, "the watch took nothing for 60 s", reason: "WATCH_STALLED")
    }
  }
}
