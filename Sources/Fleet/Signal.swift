/// A bell: ringing it twice before it is heard is ringing it once. One task hears.
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
