/// A streamed body; confined to its connection's event loop once it is asked. Pulled, never pushed: a slow peer costs
/// nothing.
package protocol BodySource: AnyObject {
  /// Whether it goes on for as long as its client listens: a shutdown ends it, while others come to their end.
  var isEndless: Bool { get }
  /// Appends the bytes that are ready, about 64 KiB at most.
  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress
  /// The response is over, or its connection lost. Called once.
  func closed()
}

extension BodySource {
  package var isEndless: Bool { false }
}

package enum BodyProgress: Hashable, Sendable {
  /// More is ready than fitted: ask again when this is sent. With nothing appended: nothing yet, ask again in a later
  /// turn of the event loop, when others had theirs.
  case more
  /// Nothing is ready: ask again at the next wake (a change, a tick of a second).
  case wait
  case end
}
