package import Messages

/// The server side of one gRPC service: a handler for each method of its description.
package protocol Service: Sendable {
  var description: ServiceDescription { get }
  /// The handler of a method; nil makes the server answer UNIMPLEMENTED. Its shape must be that of the description: a
  /// unary method has a unary handler.
  func handler(for method: MethodDescription) -> Handler?
}

/// A method's handler. Handlers run on the event loop that read the request, and must not block it.
package enum Handler: Sendable {
  /// Takes one request message and gives one reply, at once or `.later`.
  case unary(@Sendable (_ request: ArraySlice<UInt8>, _ call: any ServerCall) -> Reply)
  /// Handles every other shape, with one object per call.
  case streaming(@Sendable (_ call: any ServerCall) -> any StreamHandler)
}

/// The answer to a unary call: one message or a status that is not OK.
package enum Reply: Sendable {
  case slice(ArraySlice<UInt8>)
  /// The slices whose concatenation is the message.
  case message([ArraySlice<UInt8>])
  /// Such slices of bytes that others hold, too: a cache or a snapshot. They do not count as memory of the call.
  case shared([ArraySlice<UInt8>])
  case failure(Status)
  /// A message in gzip that a cache holds, for a call that `acceptsGzip`.
  case compressed(ArraySlice<UInt8>)
  /// The reply needs the store, or too long a computation for the event loop. A task makes it off the event loop, once
  /// the request is decoded and checked, and is cancelled when the client no longer waits. The handler sets metadata
  /// before that; another `.later` as the result is INTERNAL.
  case later(@concurrent @Sendable () async -> Reply)
}

/// The call as its handler sees it.
package protocol ServerCall: AnyObject {
  /// The request's custom metadata, parsed at the first access.
  var metadata: Metadata { get }
  /// Whether the client is on this machine: its connection is from a loopback address, and no proxy has forwarded the
  /// call. It looks at every field of the head.
  var comesFromLoopback: Bool { get }
  /// The peer's number: equal for connections from one address; 0: unknown, or exempt from the limits of one peer.
  var peerID: UInt64 { get }
  /// The connection's number; no other connection of this process has it.
  var connectionID: UInt64 { get }
  /// Whether the client takes messages in gzip.
  var acceptsGzip: Bool { get }
  /// The moment at which the client stops waiting; nil when the client set no deadline.
  var deadline: ContinuousClock.Instant? { get }
  /// Metadata that the server sends with the response's headers; the handler sets it before the first message.
  var initialMetadata: Metadata { get set }
  /// Metadata that the server sends with the status.
  var trailingMetadata: Metadata { get set }
}

/// One call of a streaming method; confined to its connection's event loop.
///
/// The transport pulls and the handler never pushes: the transport asks for messages while the peer reads, so a slow
/// peer costs nothing. It delivers the next request message only when everything that the previous message produced is
/// on its way.
package protocol StreamHandler: AnyObject {
  /// Takes a whole request message. A status in return ends the call; nil lets it go on.
  func received(_ message: ArraySlice<UInt8>) -> Status?
  /// The client has sent its last message.
  func halfClosed()
  /// Appends the messages that are ready, until `out.isFull`.
  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress
  /// Releases the handler when the call is over: answered, cancelled, past its deadline, or its connection lost. The
  /// transport calls this once.
  func closed()
}

package enum Progress: Hashable, Sendable {
  /// More is ready than fits: the transport asks again when the appended messages are sent. A handler that appended
  /// nothing is asked again in a later turn of the event loop, after the other handlers have had their turn.
  case more
  /// Nothing is ready: the transport asks again at the next wake (a change, a request message, a tick of a second).
  case wait
  /// The handler has no more messages; the status is `Status.ok` when the call succeeded.
  case end(Status)
}

/// Length-prefixed messages to send, as slices in order.
package struct MessageBuffer {
  package private(set) var slices: [ArraySlice<UInt8>] = []
  package private(set) var byteCount = 0
  private let budget: Int

  /// `budget`: the number of bytes from which the buffer counts as full.
  package init(budget: Int = 65_536) {
    self.budget = budget
  }

  package var isFull: Bool { byteCount >= budget }
  package var isEmpty: Bool { slices.isEmpty }

  /// Appends one message and its prefix.
  package mutating func append(_ message: [UInt8]) {
    append(framed: framed(message)[...])
  }

  /// Appends messages that already have their 5-byte prefixes.
  package mutating func append(framed bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    byteCount += bytes.count
    slices.append(bytes)
  }
}

/// A message with gRPC's 5-byte prefix.
package func framed(_ message: [UInt8]) -> [UInt8] {
  MessageFrame.prefix(message.count) + message
}
