internal import Fleet

/// The changes that a reload makes.
struct SettingsChange: Hashable {
  /// The number of engines added; `removed` and `changed` count engines too.
  var added = 0
  var removed = 0
  var changed = 0
  /// Whether a setting changed that the server reads only at its start.
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
    rest.statesEngines = old.statesEngines
    // The name of the cluster belongs to the server and not to a source, so a change of it needs a restart.
    rest.sources = old.sources.of(cluster: new.sources.cluster)
    needsRestart = rest != old
  }
}
