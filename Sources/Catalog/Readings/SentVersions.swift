/// The versions of the board up to which a watcher has received the readings of its models: one for each stretch of keys.
struct SentVersions: Sendable {
  private var stretches: [(after: ModelKey?, version: UInt64)] = []
  /// The smallest of all; 0 when nothing was sent.
  private(set) var minimum: UInt64 = 0

  init() {}

  init(all version: UInt64) {
    append(after: nil, version)
  }

  /// All keys behind `after`, up to where the next stretch begins; they are sent in order.
  mutating func append(after: ModelKey?, _ version: UInt64) {
    minimum = stretches.isEmpty ? version : min(minimum, version)
    if stretches.last?.version == version { return }
    stretches.append((after, version))
  }

  /// Of a key; `place` is 0 before the first, and keys are asked for in order.
  func version(of key: ModelKey, _ place: inout Int) -> UInt64 {
    while place + 1 < stretches.count, stretches[place + 1].after.map({ $0 < key }) ?? true { place += 1 }
    return stretches.isEmpty ? 0 : stretches[place].version
  }
}
