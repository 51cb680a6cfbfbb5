import Catalog
import Wire

/// A read of one model, as a client asks for it, with all names checked.
struct GetRead: Sendable {
  let key: ModelKey
  /// Whether the client named no namespace: the key's namespace is then the first to be searched, not the only one.
  let isInAnyNamespace: Bool
  let view: ModelView
  /// The revision to show; 0: the present.
  let atRevision: Int64

  /// `namespace` nil: the default namespace, otherwise the first namespace by name that has the id. `idField` is the
  /// protocol's name for the id.
  init(
    id: String, namespace: String?, view: ModelView, atRevision: Int64, idField: String = "id"
  ) throws(ReadError) {
    try NameLength.check(id, field: idField)
    try NameLength.check(namespace, field: "namespace")
    key = ModelKey(namespace: namespace ?? defaultNamespace, id: id)
    isInAnyNamespace = namespace == nil
    self.view = view
    self.atRevision = atRevision
  }
}
