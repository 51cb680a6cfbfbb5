import Synchronization

/// The latest readings of one model's engines, put together once for every stream that sends them. Immutable and shared.
package final class ModelReadings: Sendable {
  package let key: ModelKey
  /// Of all replicas that answer, merged; nil when none has any.
  package let merged: Readings?
  /// By engine id, as in the model; those that are known to have answered.
  package let replicas: [(engineID: String, reading: EngineReading)]
  /// Of the board, when a reading of the model moved last.
  let version: UInt64
  private let framed = AtomicLazyReference<Encoded>()
  private let sse = AtomicLazyReference<Encoded>()

  private final class Encoded: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
    }
  }

  /// nil when no engine has readings of the model. `known`: the readings before, which stay if nothing changed.
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
      // Both go by engine id.
      while place < replicas.count, precedes(replicas[place].engineID, engineID) { place += 1 }
      guard place < replicas.count, sameBytes(replicas[place].engineID, engineID) else { return nil }
      return replicas[place].reading
    }
    self.replicas = replicas
    self.version = version
  }

  /// As gRPC streams send it, encoded by the first that does.
  package func framed(_ encode: (ModelReadings) -> [UInt8]) -> [UInt8] {
    (framed.load() ?? framed.storeIfNil(Encoded(encode(self)))).bytes
  }

  /// As streams of server-sent events send it, encoded by the first that does.
  package func sse(_ encode: (ModelReadings) -> [UInt8]) -> [UInt8] {
    (sse.load() ?? sse.storeIfNil(Encoded(encode(self)))).bytes
  }
}
