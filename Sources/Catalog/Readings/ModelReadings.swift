import Synchronization

/// The latest readings of one model's engines, put together once for all streams. Immutable and shared.
package final class ModelReadings: Sendable {
  /// The model's namespace and id.
  package let key: ModelKey
  /// The merged readings of all replicas that answer; nil when none has readings.
  package let merged: Readings?
  /// The readings by engine id, in the order of the model's replicas, of the engines that have ever answered.
  package let replicas: [(engineID: String, reading: EngineReading)]
  /// The board's version at the last change of a reading of the model.
  let version: UInt64
  private let framed = AtomicLazyReference<Encoded>()
  private let sse = AtomicLazyReference<Encoded>()

  private final class Encoded: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
    }
  }

  /// The readings of a model; nil when no engine has any. Returns `known`, the earlier readings, when nothing changed.
  static func of(_ model: Model, _ board: ReadingsBoard, known: ModelReadings?) -> ModelReadings? {
    var replicas: [(engineID: String, reading: EngineReading)] = []
    var version: UInt64 = 0
    let all = model.replicas.span
    for index in all.indices {
      guard let reading = board.reading(of: all[index].engineID) else { continue }
      replicas.append((all[index].engineID, reading))
      version = max(version, reading.version)
    }
    guard version > 0 else { return nil }
    if let known, known.version == version { return known }
    return ModelReadings(model, replicas, version)
  }

  private init(_ model: Model, _ replicas: [(engineID: String, reading: EngineReading)], _ version: UInt64) {
    key = model.key
    var place = 0
    merged = mergedReadings(of: model) { engineID in
      // Both lists are ordered by engine id.
      while place < replicas.count, precedes(replicas[place].engineID, engineID) { place += 1 }
      guard place < replicas.count, sameBytes(replicas[place].engineID, engineID) else { return nil }
      return replicas[place].reading
    }
    self.replicas = replicas
    self.version = version
  }

  /// The message for gRPC streams. The first stream that sends it encodes it.
  package func framed(_ encode: (ModelReadings) -> [UInt8]) -> [UInt8] {
    (framed.load() ?? framed.storeIfNil(Encoded(encode(self)))).bytes
  }

  /// The message for streams of server-sent events. The first stream that sends it encodes it.
  package func sse(_ encode: (ModelReadings) -> [UInt8]) -> [UInt8] {
    (sse.load() ?? sse.storeIfNil(Encoded(encode(self)))).bytes
  }
}
