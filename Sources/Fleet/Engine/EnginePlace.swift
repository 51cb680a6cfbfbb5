import Catalog

/// Where an engine is and whose it is: what makes claims of several sources claims of one engine. The same URL in another
/// namespace is another engine, so that no namespace can touch another's.
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
