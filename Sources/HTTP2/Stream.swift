/// One HTTP/2 stream: its received bytes until they are taken, and its outgoing ones. Subclassed by server and client.
///
/// `open`, for Swift lets no class be subclassed across modules at package level. Objects are reused: after `Event.closed` has been handled, `reset()` is called and the object serves another stream.
open class Stream {
  package fileprivate(set) final var id: Int32 = 0
  /// The request's fields on the server, the response's on the client.
  package final let head = HeaderBlock()
  /// Fields that came after the body.
  package final let trailers = HeaderBlock()
  /// Body bytes that came and were not taken yet.
  package final var received = ByteQueue()
  /// Whether a head has come that is not informational; a block after it holds trailers.
  package internal(set) final var hasHead = false
  /// The peer sends no more.
  package final var isRemoteClosed = false
  /// Over: submit nothing more.
  package final var isClosed = false

  // Outgoing, read by nghttp2's callbacks.
  final var outgoing = SliceQueue()
  final var endsAfterOutgoing = false
  final var outgoingTrailers: Headers?
  /// nghttp2 may refer to it until it is sent.
  final var outgoingHead: Headers?
  /// nghttp2 asked for data when there was none; it asks again after `resume`.
  final var isDeferred = false
  // Place in the session's list of open streams.
  final var index = 0

  public init() {}

  /// Makes the object ready for another stream; subclasses reset their own properties and call super.
  open func reset() {
    id = 0
    head.removeAll()
    trailers.removeAll()
    received.removeAll()
    isRemoteClosed = false
    isClosed = false
    outgoing.removeAll()
    endsAfterOutgoing = false
    outgoingTrailers = nil
    outgoingHead = nil
    isDeferred = false
    hasHead = false
  }

  final func open(id: Int32) {
    self.id = id
  }

  /// Bytes that are to go and that nghttp2 has not taken.
  package final var outgoingByteCount: Int { outgoing.byteCount }
}

@available(*, unavailable)
extension Stream: Sendable {}
