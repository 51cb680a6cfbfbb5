/// The paths of an engine that its operator sets, below its URL.
package struct EnginePaths: Hashable, Sendable {
  /// A GET of it lists the models as OpenAI does; nil: the path of its kind.
  package var list: String?
  /// A GET of it reports whether the engine serves; nil: the path of its kind.
  package var health: String?
  /// Whether its metrics are read.
  package var readsMetrics = true

  package init(list: String? = nil, health: String? = nil, readsMetrics: Bool = true) {
    self.list = list
    self.health = health
    self.readsMetrics = readsMetrics
  }
}
