/// The versions of the board up to which a watcher has received the readings of its models: one version per stretch of
/// keys.
struct SentVersions: Sendable {
  private var stretches: [(after: ModelKey?, version: UInt64)] = []
  /// The smallest version of all stretches; 0 when the watcher has received nothing.
  private(set) var minimum: UInt64 = 0

  init() {}

  init(all version: UInt64) {
    append(after: nil, version)
  }

  /// Records a version for all keys after `after`, up to the next stretch. The stretches come in order.
  mutating func append(after: ModelKey?, _ version: UInt64) {
    minimum = stretches.isEmpty ? version : min(minimum, version)
    if stretches.last?.version == version { return }
    stretches.append((after, version))
  }

  /// The version for a key. `place` is 0 before the first call, and the keys of later calls must ascend.
  func version(of key: ModelKey, _ place: inout Int) -> UInt64 {
    while place + 1 < stretches.count, stretches[place + 1].after.map({ $0 < key }) ?? true { place += 1 }
    return stretches.isEmpty ? 0 : stretches[place].version
  }
}
