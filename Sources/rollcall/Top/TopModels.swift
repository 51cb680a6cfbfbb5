internal import Catalog
internal import Wire

/// Models as the events of a watch in view FULL tell them. A list that comes again is shown once it is whole.
struct TopModels {
  /// nil until the first list is whole.
  private(set) var current: [ModelKey: ModelMessage]?
  /// Part of a list; nil when none is on its way.
  private var incoming: [ModelKey: ModelMessage]? = [:]
  private(set) var revision: Int64 = 0

  /// Returns whether something changed beside readings.
  mutating func take(_ event: WatchEvent) -> Bool {
    switch event.kind {
    case .added, .modified:
      if let model = event.model { set(model, model.model.key) }
    case .removed:
      if let key = event.key { set(nil, key) }
    case .readings:
      guard let key = event.key, let told = event.readings else { return false }
      current?[key]?.replicas = told.replicas
      current?[key]?.readings = told.readings
      return false
    case .synced:
      if let incoming { current = incoming }
      incoming = nil
    case .reset:
      incoming = [:]
    }
    revision = max(revision, event.revision)
    return true
  }

  private mutating func set(_ model: ModelMessage?, _ key: ModelKey) {
    if incoming == nil { current?[key] = model } else { incoming?[key] = model }
  }
}
