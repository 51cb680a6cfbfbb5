/// The identity of a model. Equal and ordered by the UTF-8 bytes of the namespace, then of the id.
package struct ModelKey: Hashable, Comparable, Sendable {
  /// The namespace, which isolates tenants from each other.
  package var namespace: String
  /// The id that a client puts in the `model` field; it may contain `/`.
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

/// The namespace of a caller that names none.
package let defaultNamespace = "default"
