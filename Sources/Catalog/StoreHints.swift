// What is noted in the store beside the facts, as text.

/// When the moment before the retained past was.
struct FloorNote {
  /// The store's own.
  var revision: Int64
  var time: Timestamp
  private static let name = [UInt8]("history/floor".utf8)

  init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }

  var note: StoreHint { StoreHint(name: Self.name, value: Array("\(revision) \(time.microseconds)".utf8)) }

  init?(_ note: StoreHint) {
    let words = String(decoding: note.value, as: UTF8.self).split(separator: " ")
    guard note.name == Self.name, words.count == 2, let revision = Int64(words[0]), let time = Int64(words[1]) else {
      return nil
    }
    self.init(revision: revision, time: Timestamp(microseconds: time))
  }
}

/// When an engine answered last.
struct ReadingNote {
  var engineID: String
  /// nil takes the note away.
  var observedAt: Timestamp?
  private static let prefix = [UInt8]("observed/".utf8)

  init(engineID: String, observedAt: Timestamp?) {
    self.engineID = engineID
    self.observedAt = observedAt
  }

  var note: StoreHint {
    StoreHint(name: Self.prefix + engineID.utf8, value: observedAt.map { Array(String($0.microseconds).utf8) } ?? [])
  }

  init?(_ note: StoreHint) {
    guard note.name.starts(with: Self.prefix), let time = Int64(String(decoding: note.value, as: UTF8.self)),
      let engineID = String(validating: note.name.dropFirst(Self.prefix.count), as: UTF8.self)
    else { return nil }
    self.init(engineID: engineID, observedAt: Timestamp(microseconds: time))
  }
}
