import Catalog
import Wire

/// A read of one model, as a client asks for it, with all names checked.
struct GetRead: Sendable {
  let id: String
  /// The namespace; nil: the default namespace, otherwise the first namespace by name that has the id.
  let namespace: String?
  let view: ModelView
  /// The revision to show; 0: the present.
  let atRevision: Int64

  /// `idField` is the protocol's name for the id.
  init(
    id: String, namespace: String?, view: ModelView, atRevision: Int64, idField: String = "id"
  ) throws(ReadError) {
    try NameLength.check(id, field: idField)
    try NameLength.check(namespace, field: "namespace")
    self.id = id
    self.namespace = namespace
    self.view = view
    self.atRevision = atRevision
  }
}
