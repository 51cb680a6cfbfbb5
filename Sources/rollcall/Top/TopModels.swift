internal import Catalog
internal import Wire

/// The models as the events of a watch in view FULL leave them. A list that begins again appears only when it is
/// complete.
struct TopModels {
  /// The models to show; nil until the first list is complete.
  private(set) var current: [ModelKey: ModelMessage]?
  /// The part of a list that has arrived; nil when no list is under way.
  private var incoming: [ModelKey: ModelMessage]? = [:]
  /// The revision of `current`.
  private(set) var revision: Int64 = 0

  /// Applies an event. Returns whether anything other than readings changed.
  mutating func take(_ event: WatchEvent) -> Bool {
    switch event.kind {
    case .added, .modified:
      if let model = event.model { set(model, model.model.key) }
    case .removed:
      if let key = event.key { set(nil, key) }
    case .readings:
      guard let key = event.key, let readings = event.readings else { return false }
      current?[key]?.replicas = readings.replicas
      current?[key]?.readings = readings.readings
      return false
    case .synced:
      if let incoming { (current, revision) = (incoming, event.revision) }
      incoming = nil
    case .reset:
      incoming = [:]
    }
    // Until a new list is complete, the old one stays with its revision.
    if incoming == nil { revision = max(revision, event.revision) }
    return true
  }

  private mutating func set(_ model: ModelMessage?, _ key: ModelKey) {
    if incoming == nil { current?[key] = model } else { incoming?[key] = model }
  }
}
