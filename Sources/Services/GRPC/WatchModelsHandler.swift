import Catalog
import GRPC
import HTTP
import Messages
import Wire

/// One call of `WatchModels`: writes the output of a watch.
final class WatchModelsHandler: StreamHandler {
  /// The limit of a slice that gathers small messages, in bytes.
  private static let gatheringLimit = 32_768

  private let reader: CatalogReader
  private let caller: Caller
  /// The watch; nil before the request.
  private var watch: ModelWatch?

  init(_ reader: CatalogReader, _ caller: Caller) {
    self.reader = reader
    self.caller = caller
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    do throws(Status) {
      let request = try decoded { () throws(MalformedMessage) in try WatchRequest.decode(message) }
      watch = try statused { () throws(ReadError) in try reader.watch(try WatchRead(request), .grpc, for: caller) }
      return nil
    } catch {
      return error
    }
  }

  func halfClosed() {}

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    guard let view = watch?.read.view else { return .wait }
    // This buffer gathers messages that the ring has no encoding of, many to a slice.
    var gathered = [UInt8]()
    var replicas = 0
    let pause = watch?.turn(
      now: now,
      isFull: { out.isFull || gathered.count >= Self.gatheringLimit || replicas >= FullEncoder.quickLimit },
      { output in
        switch output {
        case .item(let item):
          if let shared = shared(item, view) {
            out.append(framed: gathered[...])
            gathered.removeAll()
            out.append(framed: shared[...])
          } else {
            if view == .full { replicas += item.model?.replicas.count ?? 0 }
            WatchFrame.append(item.kind, packed: packed(item, view), revision: item.revision, to: &gathered)
          }
        case .readings(let readings):
          replicas += readings.replicas.count
          gathered.append(contentsOf: readings.framed(ReadingsEvent.framed))
        }
      })
    out.append(framed: gathered[...])
    switch pause {
    case .more: return .more
    case .wait, nil: return .wait
    case .failed(let failure): return .end(Status(failure))
    }
  }

  func closed() {
    watch?.close()
  }

  /// The encoded event that all streams share; nil where this stream needs its own encoding.
  private func shared(_ item: WatchItem, _ view: ModelView) -> [UInt8]? {
    view == .basic || item.kind == .removed ? item.encoded?.framed : nil
  }

  private func packed(_ item: WatchItem, _ view: ModelView) -> ArraySlice<UInt8>? {
    if let model = item.model, view == .full {
      return FullEncoder().encode(model, reading: reader.readings(atRevision: 0))[...]
    }
    return item.basicPacked
  }
}

extension WatchRead {
  fileprivate init(_ request: WatchRequest) throws(ReadError) {
    view = request.view
    readingsInterval = request.readingsInterval
    if let readingsInterval {
      guard view == .full else { throw .invalid(field: "readings_interval", problem: "goes with view FULL alone") }
      guard Self.intervals.contains(readingsInterval) else {
        throw .invalid(field: "readings_interval", problem: "must be from 1 s to 1 h")
      }
    }
    guard request.startRevision >= 0 else { throw .invalid(field: "start_revision", problem: "must not be negative") }
    startRevision = request.startRevision
    namespace = request.namespace.isEmpty ? nil : request.namespace
    filter = try QueryText.filter(request.filter, only: .watch)
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
