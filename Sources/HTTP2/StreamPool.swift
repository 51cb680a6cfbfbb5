/// The stream objects to reuse on one connection, or on all connections of an event loop. A few objects serve all
/// streams, so that they stay in the processor's caches.
package final class StreamPool {
  private static let limit = 1_024

  private let make: () -> Stream
  private var free: [Stream] = []

  /// `make` creates an object of the caller's subclass of `Stream`.
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
