import Catalog
import Wire

/// A watch, as a client asks for it; checked.
struct WatchRead: Hashable, Sendable {
  /// How often READINGS may come.
  static let intervals: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)

  /// nil: all.
  var namespace: String?
  var view = ModelView.basic
  /// nil: none.
  var filter: Filter?
  /// 0: the whole list first.
  var startRevision: Int64 = 0
  /// The interval at which READINGS come; nil: never.
  var readingsInterval: Duration?
}
