/// The two halves of one call on the server, request and response, without I/O.
package struct ServerCallMachine {
  private enum RequestHalf {
    case open(messages: Int)
    case closed
  }

  private enum ResponseHalf {
    case idle
    case started
    case ended
  }

  private var request = RequestHalf.open(messages: 0)
  private var response = ResponseHalf.idle
  private let takesOneMessage: Bool

  /// `takesOneMessage`: whether the method takes a single message and not a stream.
  package init(takesOneMessage: Bool) {
    self.takesOneMessage = takesOneMessage
  }

  package var isEnded: Bool { if case .ended = response { true } else { false } }
  package var isRequestClosed: Bool { if case .closed = request { true } else { false } }

  /// Takes a whole message. A status in return ends the call; nil lets it go on.
  package mutating func receivedMessage() -> Status? {
    guard case .open(let messages) = request else { return Status(.internal, "a message after the end of the request") }
    if takesOneMessage && messages > 0 {
      return ServerCallMachine.tooManyMessages
    }
    request = .open(messages: messages + 1)
    return nil
  }

  /// A cardinality violation (grpc/doc/statuscodes.md).
  package static let tooManyMessages = Status(.unimplemented, "the method takes one request message, more came")

  /// Takes the end of the request; `leftOver` is the number of bytes of an unfinished message. A status in return ends
  /// the call; nil lets it go on.
  package mutating func receivedEnd(leftOver: Int) -> Status? {
    guard case .open(let messages) = request else { return nil }
    request = .closed
    if leftOver > 0 { return Status(.internal, "the request ended within a message") }
    if takesOneMessage && messages == 0 {
      return Status(.unimplemented, "the method takes one request message, none came")
    }
    return nil
  }

  /// The frames that a message needs.
  package enum OnSend {
    case headThenMessage
    case message
    case nothing
  }

  package mutating func sendMessage() -> OnSend {
    switch response {
    case .idle:
      response = .started
      return .headThenMessage
    case .started: return .message
    case .ended: return .nothing
    }
  }

  /// The frames that the end of a call needs.
  package enum OnEnd {
    /// One header block holds the whole response (trailers-only).
    case trailersOnly
    case trailers
    case nothing
  }

  package mutating func end() -> OnEnd {
    defer { response = .ended }
    switch response {
    case .idle: return .trailersOnly
    case .started: return .trailers
    case .ended: return .nothing
    }
  }
}
