import Catalog
import Wire

/// A read of one model, as a client asks for it.
struct GetRead: Sendable {
  let id: String
  /// The namespace; nil: the default namespace, otherwise the first namespace by name that has the id.
  let namespace: String?
  let view: ModelView
  /// The revision to show; 0: the present.
  let atRevision: Int64
}
