import Catalog
import Wire

/// A watch, as a client asks for it, with all fields checked.
struct WatchRead: Hashable, Sendable {
  /// The allowed intervals of READINGS.
  static let intervals: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)

  /// The namespace; nil: all namespaces.
  var namespace: String?
  var view = ModelView.basic
  /// The filter; nil: none.
  var filter: Filter?
  /// The revision after which the watch starts; 0: it starts with the whole list.
  var startRevision: Int64 = 0
  /// The interval of READINGS; nil: the client wants none.
  var readingsInterval: Duration?

  /// The bytes of text that the watch holds.
  var textBytes: Int { (namespace?.utf8.count ?? 0) + (filter?.text.utf8.count ?? 0) }
}
