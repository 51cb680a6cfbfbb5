import Synchronization

/// Whether the server is on its way out: what asks for health is told, so that no new work is sent here.
package final class Draining: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  package var isOn: Bool { flag.load(ordering: .acquiring) }

  /// Once begun it does not end.
  package func begin() {
    flag.store(true, ordering: .releasing)
  }
}
