import Catalog
import Wire

/// One model, as a client asks for it.
struct GetRead: Sendable {
  let id: String
  /// nil: the default namespace, else the first one by name that has the id.
  let namespace: String?
  let view: ModelView
  /// 0: the present.
  let atRevision: Int64
}
