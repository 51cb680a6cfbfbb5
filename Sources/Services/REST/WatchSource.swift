import Catalog
import HTTP
import Wire

/// `GET /v1/models?watch=true`: the list and its changes as server-sent events (WHATWG HTML, 9.2). It sends a comment
/// whenever it has sent nothing for 15 s, so that no proxy drops the connection as dead.
final class WatchSource: BodySource {
  static let commentInterval: Duration = .seconds(15)
  /// The opening: a client waits for 2,000 milliseconds before it reconnects.
  private static let opening = Array("retry: 2000\n\n".utf8)[...]
  private static let comment = Array(":\n\n".utf8)[...]
  /// The bytes of a turn; there are fewer where this stream alone encodes the models.
  private static let budget = 65_536
  private static let fullBudget = 16_384

  let isEndless = true
  private let reader: CatalogReader
  private var watch: ModelWatch
  private var isOpen = false
  /// The time of the last bytes; nil before the first.
  private var lastSent: ContinuousClock.Instant?
  /// The model in view FULL whose event is partly sent; nil when there is none.
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

  /// The next bytes of a partly sent event; nil when there is none.
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

  /// Encodes an event; in view FULL only its beginning, because a model may have thousands of replicas.
  private func encode(_ item: WatchItem, _ view: ModelView) -> [UInt8] {
    if view == .full, let model = item.model, let basic = item.basicJSON {
      entry = FullEntry(model, basic: basic, reading: reader.readings(atRevision: 0))
      return ServerSentEvent.opening(item.kind, revision: item.revision, hasModel: true)
    }
    return item.encoded?.sse ?? ServerSentEvent.encode(item.kind, json: item.basicJSON, revision: item.revision)
  }
}
