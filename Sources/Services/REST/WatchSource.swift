import Catalog
import HTTP
import Wire

/// `GET /v1/models?watch=true`: the list and its changes as server-sent events (WHATWG HTML, 9.2), and a comment
/// whenever nothing was sent for 15 s, so that no proxy takes the connection for dead.
final class WatchSource: BodySource {
  static let commentInterval: Duration = .seconds(15)
  /// Milliseconds that a client waits before it comes back.
  private static let opening = Array("retry: 2000\n\n".utf8)[...]
  private static let comment = Array(":\n\n".utf8)[...]
  /// Bytes of a turn; fewer where models are encoded for this stream alone.
  private static let budget = 65_536
  private static let fullBudget = 16_384

  let isEndless = true
  private let reader: CatalogReader
  private var watch: ModelWatch
  private var isOpen = false
  /// nil before the first bytes.
  private var lastSent: ContinuousClock.Instant?
  /// The model in view FULL whose event is being sent.
  private var entry: FullEntry?

  init(_ watch: ModelWatch, _ reader: CatalogReader) {
    self.watch = watch
    self.reader = reader
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    let before = out.count
    if !isOpen { out.append(Self.opening) }
    isOpen = true
    let view = watch.read.view
    let budget = view == .full ? Self.fullBudget : Self.budget
    var count = 0
    while count < budget, let bytes = continued() {
      count += bytes.count
      out.append(bytes[...])
    }
    let pause = watch.turn(
      now: now, isFull: { count >= budget },
      { output in
        var next: [UInt8]? =
          switch output {
          case .item(let item): encode(item, view)
          case .readings(let readings): readings.sse(ReadingsEvent.sse)
          }
        while let bytes = next {
          count += bytes.count
          out.append(bytes[...])
          next = count < budget ? continued() : nil
        }
      })
    if out.count == before, let lastSent, now - lastSent >= Self.commentInterval { out.append(Self.comment) }
    if out.count > before { lastSent = now }
    return switch pause {
    case .more: .more
    case .wait: .wait
    case .failed: .end
    }
  }

  func closed() {
    watch.close()
  }

  /// More of the event that was begun; nil when there is none.
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
  private func encode(_ item: WatchItem, _ view: ModelView) -> [UInt8] {
    if view == .full, let model = item.model, let basic = item.basicJSON {
      entry = FullEntry(model, basic: basic, reading: reader.readings(atRevision: 0))
      return ServerSentEvent.opening(item.kind, revision: item.revision, hasModel: true)
    }
    return item.encoded?.sse ?? ServerSentEvent.encode(item.kind, json: item.basicJSON, revision: item.revision)
  }
}
