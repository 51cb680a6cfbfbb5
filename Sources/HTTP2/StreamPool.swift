/// Objects of closed streams, for those to come: of one connection, or of all on an event loop, so that the few that are
/// used stay in the processor's caches.
package final class StreamPool {
  private static let limit = 1_024

  private let make: () -> Stream
  private var free: [Stream] = []

  /// `make` makes the caller's subclass of `Stream`.
  package init(make: @escaping () -> Stream) {
    self.make = make
  }

  func take() -> Stream {
    free.popLast() ?? make()
  }

  func give(_ stream: Stream) {
    guard free.count < Self.limit else { return }
    stream.reset()
    free.append(stream)
  }
}

@available(*, unavailable)
extension StreamPool: Sendable {}
