internal import Fleet

/// What a reload changes.
struct SettingsChange: Hashable {
  /// Numbers of engines.
  var added = 0
  var removed = 0
  var changed = 0
  /// Whether something is changed that is only read at the start.
  var needsRestart: Bool

  init(from old: ServeSettings, to new: ServeSettings) {
    let before = Dictionary(old.engines.map { ($0.id, $0) }) { $1 }
    for engine in new.engines {
      switch before[engine.id] {
      case nil: added += 1
      case engine: break
      default: changed += 1
      }
    }
    removed = Set(before.keys).subtracting(new.engines.map(\.id)).count
    var rest = new
    rest.engines = old.engines
    rest.saysEngines = old.saysEngines
    // Its name is the server's own, and not a source's.
    rest.sources = old.sources.of(cluster: new.sources.cluster)
    needsRestart = rest != old
  }
}
