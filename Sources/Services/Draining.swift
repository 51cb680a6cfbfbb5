import Synchronization

/// Whether the server is shutting down: health checks fail from then on, so that no new work is sent here.
package final class Draining: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  /// Whether the server drains.
  package var isOn: Bool { flag.load(ordering: .acquiring) }

  /// It never ends.
  package func begin() {
    flag.store(true, ordering: .releasing)
  }
}
