/// The identity of a model. Equal and ordered by the UTF-8 bytes of the namespace, then of the id.
package struct ModelKey: Hashable, Comparable, Sendable {
  package var namespace: String
  package var id: String

  package init(namespace: String, id: String) {
    self.namespace = namespace
    self.id = id
  }

  package static func == (a: ModelKey, b: ModelKey) -> Bool {
    sameBytes(a.id, b.id) && sameBytes(a.namespace, b.namespace)
  }

  package static func < (a: ModelKey, b: ModelKey) -> Bool {
    sameBytes(a.namespace, b.namespace) ? precedes(a.id, b.id) : precedes(a.namespace, b.namespace)
  }
}

/// The unit of isolation between tenants that a caller is in when nothing says otherwise.
package let defaultNamespace = "default"
