// The hints that the catalog stores beside the facts, as text.

/// The last revision before the retained past, and its time.
struct FloorHint {
  /// The store's own revision, without the epoch.
  var revision: Int64
  var time: Timestamp
  private static let name = [UInt8]("history/floor".utf8)

  init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }

  var hint: StoreHint { StoreHint(name: Self.name, value: Array("\(revision) \(time.microseconds)".utf8)) }

  init?(_ hint: StoreHint) {
    let fields = String(decoding: hint.value, as: UTF8.self).split(separator: " ")
    guard hint.name == Self.name, fields.count == 2, let revision = Int64(fields[0]), let time = Int64(fields[1]) else {
      return nil
    }
    self.init(revision: revision, time: Timestamp(microseconds: time))
  }
}

/// The store's uptime: how long servers have run on the store, this process included.
struct UptimeHint {
  var uptime: Duration
  private static let name = [UInt8]("uptime".utf8)

  init(uptime: Duration) {
    self.uptime = uptime
  }

  var hint: StoreHint { StoreHint(name: Self.name, value: Array(String(uptime.microseconds).utf8)) }

  init?(_ hint: StoreHint) {
    guard hint.name == Self.name, let microseconds = Int64(String(decoding: hint.value, as: UTF8.self)),
      microseconds >= 0
    else { return nil }
    self.init(uptime: .microseconds(microseconds))
  }
}

/// The time at which an engine last answered.
struct ReadingHint {
  var engineID: String
  /// The time; nil removes the hint.
  var observedAt: Timestamp?
  private static let prefix = [UInt8]("observed/".utf8)

  init(engineID: String, observedAt: Timestamp?) {
    self.engineID = engineID
    self.observedAt = observedAt
  }

  var hint: StoreHint {
    StoreHint(name: Self.prefix + engineID.utf8, value: observedAt.map { Array(String($0.microseconds).utf8) } ?? [])
  }

  init?(_ hint: StoreHint) {
    guard hint.name.starts(with: Self.prefix), let time = Int64(String(decoding: hint.value, as: UTF8.self)),
      let engineID = String(validating: hint.name.dropFirst(Self.prefix.count), as: UTF8.self)
    else { return nil }
    self.init(engineID: engineID, observedAt: Timestamp(microseconds: time))
  }
}

extension StoreHint {
  /// A hint that tries whether the store accepts writes; nothing reads it.
  static func tried(at now: Timestamp) -> StoreHint {
    StoreHint(name: Array("history/tried".utf8), value: Array(String(now.microseconds).utf8))
  }
}
