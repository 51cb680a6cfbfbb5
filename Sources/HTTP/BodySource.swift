/// The producer of a streamed body; once the connection asks it, it is confined to the connection's event loop. The
/// connection pulls and the source never pushes, so a slow peer costs nothing.
package protocol BodySource: AnyObject {
  /// Whether the body goes on for as long as its client reads. A shutdown ends such a body, and lets any other body
  /// finish.
  var isEndless: Bool { get }
  /// Appends the bytes that are ready, about 64 KiB at most.
  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress
  /// Releases the source when the response is over or its connection is lost. The connection calls this once.
  func closed()
}

extension BodySource {
  package var isEndless: Bool { false }
}

package enum BodyProgress: Hashable, Sendable {
  /// More is ready than fits: the connection asks again when the appended bytes are sent. A source that appended
  /// nothing is asked again in a later turn of the event loop, after the other sources have had their turn.
  case more
  /// Nothing is ready: the connection asks again at the next wake (a change, or a tick of a second).
  case wait
  case end
}
