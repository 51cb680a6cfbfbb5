package import HTTP2

/// The response half of one call on the client, without I/O.
package struct ClientCallMachine {
  private enum State {
    case waitingForHead
    case streaming
    case ended(Status)
  }

  private var state = State.waitingForHead
  /// The encoding of the response's messages.
  package private(set) var encoding = MessageEncoding.identity

  package init() {}

  package var status: Status? { if case .ended(let status) = state { status } else { nil } }

  /// Takes a head that is not informational.
  package mutating func receivedHead(_ head: HeaderBlock) {
    guard case .waitingForHead = state else { return }
    if head.isTooLarge {
      state = .ended(Status(.resourceExhausted, "the response's metadata is larger than this client's limit"))
    } else if let status = Status(head) {
      // The response is trailers-only.
      state = .ended(status)
    } else if head.status != 200 {
      state = .ended(Status(httpStatus: head.status))
    } else if head.firstValue(Array("content-type".utf8))?.starts(with: "application/grpc".utf8) != true {
      state = .ended(Status(.unknown, "the response is not gRPC: is this the address of a gRPC server?"))
    } else if let encoding = MessageEncoding(head) {
      self.encoding = encoding
      state = .streaming
    } else {
      let text = MessageEncoding.name(in: head)
      state = .ended(
        Status(.internal, "the response has grpc-encoding \(text), and this client supports identity and gzip"))
    }
  }

  /// Takes the end of the response; `leftOver` is the number of bytes of an unfinished message. Returns the call's
  /// status.
  package mutating func receivedEnd(_ trailers: HeaderBlock, leftOver: Int) -> Status {
    if case .ended(let status) = state { return status }
    var status = Status(trailers) ?? Status(.unknown, "the response ended without a status")
    if status.code == .ok && leftOver > 0 { status = Status(.internal, "the response ended within a message") }
    state = .ended(status)
    return status
  }

  /// Ends the call because its stream or connection is gone, or because the client gives up. Returns the first status
  /// that the call had.
  package mutating func end(_ status: Status) -> Status {
    if case .ended(let first) = state { return first }
    state = .ended(status)
    return status
  }
}
