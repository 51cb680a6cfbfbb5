package import Catalog
import Synchronization

/// The uptime of a process as a test sets it.
package final class HandUptime: Sendable {
  private let elapsed = Mutex(Duration.zero)

  package init() {}

  /// The uptime at present.
  package var now: Duration {
    get { elapsed.withLock { $0 } }
    set { elapsed.withLock { $0 = newValue } }
  }

  /// The clock for a catalog.
  package var clock: Uptime { { self.now } }
}
