/// A bell: ringing it twice before it is heard is ringing it once. One task hears.
struct Signal: Sendable {
  let raised: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (raised, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func raise() {
    continuation.yield()
  }
}
