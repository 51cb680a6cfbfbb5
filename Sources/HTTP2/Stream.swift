/// One HTTP/2 stream, with its received and its outgoing bytes. The server and the client subclass it.
///
/// The class is `open` because Swift does not allow subclassing across modules at package level. Objects are reused:
/// after the caller has handled `Event.closed`, the pool calls `reset()`, and the object serves another stream.
open class Stream {
  package fileprivate(set) final var id: Int32 = 0
  /// The request's fields on the server, the response's on the client.
  package final let head = HeaderBlock()
  /// Fields that arrived after the body.
  package final let trailers = HeaderBlock()
  /// Body bytes that arrived and that the application has not taken yet.
  package final var received = ByteQueue()
  /// Whether a head that is not informational has arrived; a later block holds trailers.
  package internal(set) final var hasHead = false
  /// Whether the peer has ended its side of the stream.
  package final var isRemoteClosed = false
  /// Whether the stream has ended: the caller must submit nothing more.
  package final var isClosed = false

  /// The length of the body that the head states, where this side checks it; -1: none.
  final var contentLength = -1
  /// Whether this side has reset the stream for a malformed request: nothing of it counts any more.
  final var isMalformed = false
  /// The bytes of the body that arrived.
  package internal(set) final var receivedBytes = 0
  /// The bytes of the outgoing body that were sent.
  package internal(set) final var sentBytes = 0

  // The outgoing side, which nghttp2's callbacks read.
  final var outgoing = SliceQueue()
  final var endsAfterOutgoing = false
  final var outgoingTrailers: Headers?
  /// The outgoing head; nghttp2 may refer to its bytes until it has sent them.
  final var outgoingHead: Headers?
  /// Whether nghttp2 asked for data when there was none. It asks again after `resume`.
  final var isDeferred = false
  // The index in the session's list of open streams.
  final var index = 0

  public init() {}

  /// Prepares the object for another stream. A subclass must reset its own properties and call super.
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
    sentBytes = 0
    receivedBytes = 0
    contentLength = -1
    isMalformed = false
  }

  /// Whether the body has another length than its head states: more bytes, or fewer although it is whole.
  final func hasWrongLength(isWhole: Bool) -> Bool {
    contentLength >= 0 && (isWhole ? receivedBytes != contentLength : receivedBytes > contentLength)
  }

  final func open(id: Int32) {
    self.id = id
  }

  /// Whether the answer ends after the outgoing bytes.
  package final var isFinishing: Bool { endsAfterOutgoing }

  /// The number of outgoing bytes that nghttp2 has not taken yet.
  package final var outgoingByteCount: Int { outgoing.byteCount }
}

@available(*, unavailable)
extension Stream: Sendable {}
