import Catalog
import HTTP
import Wire

/// The body of a list in view FULL, encoded while it is sent: a long one does not hold up the event loop.
final class FullListSource: BodySource {
  private static let chunk = 65_536

  private var models: [ModelRef]
  private var next = 0
  private let observedAt: (String) -> Timestamp?

  init(_ models: [ModelRef], observedAt: @escaping (String) -> Timestamp?) {
    self.models = models
    self.observedAt = observedAt
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    var bytes = [UInt8]()
    if next == 0 { bytes.append(contentsOf: #"{"object":"list","data":["#.utf8) }
    while next < models.count, bytes.count < Self.chunk {
      if next > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: fullJSON(models[next].model, observedAt: observedAt))
      next += 1
    }
    let isLast = next == models.count
    if isLast { bytes.append(contentsOf: "]}".utf8) }
    out.append(bytes[...])
    return isLast ? .end : .more
  }

  func closed() {
    models = []
    next = 0
  }
}
