import Synchronization

/// Whether the server is shutting down. Health checks fail from then on, so that clients send no new work here.
package final class Draining: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  /// Whether the server drains.
  package var isOn: Bool { flag.load(ordering: .acquiring) }

  /// Begins to drain; this cannot be undone.
  package func begin() {
    flag.store(true, ordering: .releasing)
  }
}
