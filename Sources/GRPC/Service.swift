package import Messages

/// The server side of one gRPC service: a handler for each method of its description.
package protocol Service: Sendable {
  var description: ServiceDescription { get }
  /// nil answers UNIMPLEMENTED. The shape must be that of the description: a unary method has a unary handler.
  func handler(for method: MethodDescription) -> Handler?
}

/// Handlers run on the event loop that read the request and must not block it.
package enum Handler: Sendable {
  /// One request message, one reply, at once or `.later`.
  case unary(@Sendable (_ request: ArraySlice<UInt8>, _ call: any ServerCall) -> Reply)
  /// Any other shape: one object per call.
  case streaming(@Sendable (_ call: any ServerCall) -> any StreamHandler)
}

/// The answer to a unary call: one message or a status that is not OK.
package enum Reply: Sendable {
  case slice(ArraySlice<UInt8>)
  /// The slices whose concatenation is the message.
  case message([ArraySlice<UInt8>])
  case failure(Status)
  /// Needs the store, or too long a computation for the event loop: runs as a task off it, once the request is decoded
  /// and checked. Cancelled when the client does not wait for it any more. Metadata is set before; another `.later` is INTERNAL.
  case later(@concurrent @Sendable () async -> Reply)
}

/// What a handler knows of its call.
package protocol ServerCall: AnyObject {
  /// The request's custom metadata; parsed when first asked for.
  var metadata: Metadata { get }
  var peerIsLoopback: Bool { get }
  /// When the caller stops waiting; nil when it set no deadline.
  var deadline: ContinuousClock.Instant? { get }
  /// Sent with the response's headers; set it before the first message.
  var initialMetadata: Metadata { get set }
  /// Sent with the status.
  var trailingMetadata: Metadata { get set }
}

/// One call of a streaming method; confined to its connection's event loop.
///
/// Pulled, never pushed: the transport asks for messages while the peer takes them, so a slow peer costs nothing. The
/// next request message is delivered only when everything that the one before produced is on its way.
package protocol StreamHandler: AnyObject {
  /// A whole request message. A status that is not nil ends the call.
  func received(_ message: ArraySlice<UInt8>) -> Status?
  /// The peer sends no more.
  func halfClosed()
  /// Appends messages that are ready until `out.isFull`.
  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress
  /// The call is over: answered, cancelled, past its deadline or its connection lost. Called once.
  func closed()
}

package enum Progress: Hashable, Sendable {
  /// More is ready than fitted: ask again when this is sent. With nothing appended: nothing yet, ask again in a later
  /// turn of the event loop, when others had theirs.
  case more
  /// Nothing is ready: ask again at the next wake (a change, a request message, a tick of a second).
  case wait
  /// No more messages; `Status.ok` when all went well.
  case end(Status)
}

/// Length-prefixed messages on their way out, as slices that are sent one after the other.
package struct MessageBuffer {
  package private(set) var slices: [ArraySlice<UInt8>] = []
  package private(set) var byteCount = 0
  private let budget: Int

  /// `budget`: bytes after which it calls itself full.
  package init(budget: Int = 65_536) {
    self.budget = budget
  }

  package var isFull: Bool { byteCount >= budget }
  package var isEmpty: Bool { slices.isEmpty }

  /// Appends one message.
  package mutating func append(_ message: [UInt8]) {
    append(framed: framed(message)[...])
  }

  /// Appends messages that already carry their 5-byte prefixes.
  package mutating func append(framed bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    byteCount += bytes.count
    slices.append(bytes)
  }
}

/// A message with the 5-byte prefix of gRPC.
package func framed(_ message: [UInt8]) -> [UInt8] {
  MessageFrame.prefix(message.count) + message
}
