/// An object of a part as the fleet sees it.
protocol PartEntry: Hashable, Sendable {
  var object: ObjectName { get }
  /// Empty when the server gave none.
  var uid: String { get }
  /// The ids of the engines that the object is, or stands for.
  var ids: [String] { get }
  /// False when the object can never be or stand for an engine: the part does not keep it.
  var isKept: Bool { get }
}

/// The objects of one part that its reflector saw, in the order of their names, and whether they are all. A value
/// without I/O.
struct PartTable<Entry: PartEntry>: Sendable {
  /// In the order of their objects' names.
  private(set) var entries: [Entry] = []
  /// Whether the objects were listed at least once.
  private(set) var isListed = false
  /// Why the objects cannot be listed or watched now; nil when they can, or were not asked for yet.
  private(set) var failure: KubeError?
  /// Whether the server may be asked for one object.
  var isAskable = true
  /// Ids of engines that ended since the last answer.
  private var ended: Set<String> = []
  /// Ids that a list omitted since the last answer. Their objects may still exist: the list may be wrong.
  private var omitted: Set<String> = []
  /// Ids of the engines in the last answer.
  private var answered: Set<String> = []
  /// Ids of the objects that were no engines in the last answer.
  private var idle: Set<String> = []

  /// Whether every object is known, and the server answers now.
  var isComplete: Bool { isListed && failure == nil }

  /// Whether the server has yet to answer for the first time.
  var isPending: Bool { !isListed && failure == nil }

  /// Applies an event of the part's reflector; `make` makes the entry of an object, after the entry that the object has
  /// now, and nil from an object without a name. Returns whether the answer may differ.
  mutating func apply<Object>(_ event: ReflectorEvent<Object>, _ make: (Object, Entry?) -> Entry?) -> Bool {
    if case .failed(let error) = event {
      failure = error
      return true
    }
    let hadFailed = failure != nil
    failure = nil
    switch event {
    case .failed, .answered: return hadFailed
    case .all(let objects):
      replaceAll(objects, make)
      return true
    case .changed(let object): return put(object, make) || hadFailed
    case .deleted(let object): return delete(object, make) || hadFailed
    }
  }

  private mutating func replaceAll<Object: KubeObject>(_ objects: [Object], _ make: (Object, Entry?) -> Entry?) {
    var made: [ObjectName: Entry] = [:]
    for object in objects {
      guard let entry = make(object, ObjectName(object.metadata).flatMap(entry)) else { continue }
      made[entry.object] = entry
    }
    for old in entries {
      switch made[old.object]?.isKept {
      case nil: omitted.formUnion(old.ids)
      case false?: ended.formUnion(old.ids)
      case true?: break
      }
    }
    entries = made.values.filter(\.isKept).sorted { $0.object < $1.object }
    isListed = true
  }

  private mutating func put<Object: KubeObject>(_ object: Object, _ make: (Object, Entry?) -> Entry?) -> Bool {
    guard let name = ObjectName(object.metadata) else { return false }
    let old = entry(name)
    guard let entry = make(object, old), entry != old else { return false }
    guard entry.isKept else {
      guard let old else { return false }
      ended.formUnion(old.ids)
      remove(name)
      return true
    }
    insert(entry)
    return true
  }

  private mutating func delete<Object: KubeObject>(_ object: Object, _ make: (Object, Entry?) -> Entry?) -> Bool {
    guard let gone = make(object, nil) else { return false }
    let known = entry(gone.object)
    // The event may be old and concern an object whose name a newer object has taken.
    if let known, !known.uid.isEmpty, !gone.uid.isEmpty, known.uid != gone.uid { return false }
    // A list may have omitted the object before.
    guard known != nil || gone.isKept else { return false }
    ended.formUnion(known?.ids ?? gone.ids)
    remove(gone.object)
    return true
  }

  /// Takes an object that the server has, although the part omits the engine `id`; nil: an object of another kind has
  /// its name. When the object is no such engine any more, that engine has ended.
  mutating func found(_ entry: Entry?, for id: String) {
    if let entry, entry.isKept { insert(entry) }
    if entry?.isKept != true || entry?.ids.contains(id) != true { ended.insert(id) }
  }

  mutating func setFailure(_ error: KubeError) { failure = error }

  /// Notes that the server has no such resource.
  mutating func setMissing() {
    ended.formUnion(entries.lazy.flatMap(\.ids))
    (entries, isListed, failure) = ([], true, nil)
  }

  /// Closes an answer with the ids of its engines, and those of the objects that are none. Returns the ids of the engines
  /// that ended since the last answer. An engine that a list merely omitted has not ended.
  mutating func close(with ids: Set<String>, idle: Set<String>) -> Set<String> {
    let gone = answered.subtracting(ids).subtracting(omitted).union(ended).union(idle.subtracting(self.idle))
    (answered, self.idle, omitted, ended) = (ids, idle, [], [])
    return gone
  }

  func entry(_ name: ObjectName) -> Entry? {
    let index = index(of: name)
    return index < entries.count && entries[index].object == name ? entries[index] : nil
  }

  private mutating func insert(_ entry: Entry) {
    let index = index(of: entry.object)
    if index < entries.count, entries[index].object == entry.object {
      entries[index] = entry
    } else {
      entries.insert(entry, at: index)
    }
  }

  private mutating func remove(_ name: ObjectName) {
    let index = index(of: name)
    if index < entries.count, entries[index].object == name { entries.remove(at: index) }
  }

  /// The place of the first entry that is not before a name.
  private func index(of name: ObjectName) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].object < name { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
