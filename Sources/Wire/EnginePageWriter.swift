import CMessages
import Messages

/// A `ListEnginesResponse` that is written engine by engine, as long as it stays small enough.
package struct EnginePageWriter: ~Copyable {
  /// Engines that it has.
  package private(set) var count = 0
  private var bytes: [UInt8] = []
  private let maxBytes: Int

  package init(maxBytes: Int) {
    self.maxBytes = maxBytes
  }

  /// False when the engine has no room; the first always has.
  package mutating func append(_ engine: EngineMessage) -> Bool {
    let element = pack(Rollcall__V1__Engine.self, header: .field(1)) { engine.fill($0) }
    guard count == 0 || bytes.count + element.count <= maxBytes else { return false }
    bytes += element
    count += 1
    return true
  }

  package consuming func finish(nextPageToken: String, totalSize: Int) -> [UInt8] {
    bytes + EnginePage(nextPageToken: nextPageToken, totalSize: totalSize).encode()
  }
}
