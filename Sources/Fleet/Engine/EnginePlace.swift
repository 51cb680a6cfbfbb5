import Catalog

/// The place of an engine, its URL and its owner: claims of several sources for one place are claims for one engine.
/// The same URL in another namespace is another engine, so that no namespace can change the engines of another.
package struct EnginePlace: Hashable, Sendable {
  package var cluster: String
  package var namespace: String
  package var url: String

  init(cluster: String, namespace: String, url: String) {
    self.cluster = cluster
    self.namespace = namespace
    self.url = url
  }

  /// nil when the engine has no address.
  init?(_ facts: EngineFacts) {
    guard !facts.endpoint.isEmpty else { return nil }
    self.init(cluster: facts.cluster, namespace: facts.namespace, url: facts.endpoint)
  }
}
