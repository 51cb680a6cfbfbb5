/// Wakes one task. Raised twice before the task looks, it wakes the task once.
package struct Signal: Sendable {
  package let raised: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  package init() {
    (raised, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package func raise() {
    continuation.yield()
  }
}
