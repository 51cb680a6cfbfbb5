internal import CNghttp2

/// One HTTP/2 connection without I/O (RFC 9113, by nghttp2). The caller feeds bytes and takes events, and submits
/// responses or requests and takes bytes.
///
/// nghttp2 keeps a pointer to this object, which owns the nghttp2 session and frees it in `deinit`. nghttp2 forbids
/// sending and receiving inside its callbacks, so the callbacks only append to `events` and to the streams.
@safe
package final class Session {
  package enum Role {
    case server
    case client
  }

  package let role: Role
  /// The peer's actions since the caller last emptied the list.
  package var events: [Event] = []
  /// The open streams, in no order.
  package private(set) var open: [Stream] = []
  /// The stream of the last of `events` if that is `.data`; 0: it is not.
  var dataID: Int32 = 0
  let settings: Settings
  /// nghttp2's session, set once in `init`.
  private(set) var session: OpaquePointer?
  private let pool: StreamPool

  var meter: FrameMeter
  /// DATA and HEADERS frames that this side has sent.
  var sentFrames = 0
  /// Bytes of the peer, and DATA bytes to the peer.
  package private(set) var receivedBytes = 0
  package internal(set) var sentBytes = 0
  /// Bytes of bodies that wait to be sent, on all streams.
  package internal(set) var unsentBytes = 0
  /// The present time in milliseconds, as the caller of `receive` gave it.
  var now = 0
  /// Streams whose head or trailers could not be sent; the next `fill` resets them.
  var unsendable: [Int32] = []
  /// The number of them.
  package internal(set) var unsendableCount = 0
  /// The number of streams beyond `maxConcurrentStreams`, which the session refused.
  package internal(set) var refusedCount = 0
  /// Whether the first SETTINGS frame is on its way.
  var hasSentSettings = false
  /// The rule that the peer broke; the session ends with the next `fill`.
  package private(set) var fault: PeerFault?
  /// Whether this side judges the fields of requests itself, because some may come without an authority.
  let hasOwnRules: Bool
  /// The number of PINGs of this side that the peer has answered.
  package internal(set) var pingsAnswered = 0

  // The open stream that was looked up last: frames of one stream follow each other.
  private var latestID: Int32 = 0
  private var latest: Unmanaged<Stream>?

  // The header block that arrives at present. Its stream is open, which keeps the block alive.
  var receivingID: Int32 = 0
  /// The rules for that block; nil: nghttp2 has them.
  var rules: RequestRules?
  var receiving: Unmanaged<HeaderBlock>?

  // The place in the buffer of `fill` where nghttp2's callbacks write.
  var output: UnsafeMutableRawPointer?
  var outputLeft = 0
  var outputIsFull = false

  package init(role: Role, settings: Settings, pool: StreamPool) {
    self.role = role
    self.settings = settings
    self.pool = pool
    meter = FrameMeter(settings.frames)
    hasOwnRules = role == .server && !settings.pathsWithoutAuthority.isEmpty
    var callbacks: OpaquePointer?
    var options: OpaquePointer?
    // Both calls fail only when memory runs out.
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, unsafe nghttp2_option_new(&options) == 0 else {
      fatalError("nghttp2: out of memory")
    }
    defer {
      unsafe nghttp2_session_callbacks_del(callbacks)
      unsafe nghttp2_option_del(options)
    }
    unsafe nghttp2_option_set_no_auto_window_update(options, 1)
    unsafe nghttp2_option_set_no_closed_streams(options, 1)
    unsafe nghttp2_option_set_peer_max_concurrent_streams(options, 100)
    // `FrameMeter` has this limit. nghttp2's own 1,000 and 33 would disconnect gRPC clients that cancel many calls.
    unsafe nghttp2_option_set_stream_reset_rate_limit(options, .max >> 1, .max >> 1)
    if hasOwnRules { unsafe nghttp2_option_set_no_http_messaging(options, 1) }
    unsafe Session.setCallbacks(callbacks)
    var created: OpaquePointer?
    let me = unsafe Unmanaged.passUnretained(self).toOpaque()
    let result =
      switch role {
      case .server: unsafe nghttp2_session_server_new2(&created, callbacks, me, options)
      case .client: unsafe nghttp2_session_client_new2(&created, callbacks, me, options)
      }
    guard result == 0 else { fatalError("nghttp2: out of memory") }
    unsafe session = created
    submitSettings()
  }

  deinit {
    unsafe nghttp2_session_del(session)
  }

  /// Processes bytes from the peer; the caller then handles `events`. A thrown error ends the connection. A `fault`
  /// ends it, too: the session ignores the bytes from there on.
  ///
  /// - Parameter now: a monotonic time in milliseconds, for the rates of frames.
  package func receive(_ bytes: Span<UInt8>, now: Int = 0) throws(SessionError) {
    self.now = now
    receivedBytes += bytes.count
    guard fault == nil else { return }
    guard role == .server else { return try process(bytes) }
    let found = meter.scan(bytes, now: now, sentFrames: sentFrames)
    if let closed = meter.needOpen.first(where: { isClosed($0.id) }) {
      try process(bytes.extracting(first: closed.offset))
      end(.closedStream)
    } else if let found {
      try process(bytes.extracting(first: found.offset))
      end(found.fault)
    } else {
      try process(bytes)
      if queuedFrames > settings.frames.queuedFrames { end(.queuedFrames) }
    }
  }

  /// Whether the client may know that a stream has closed. While frames wait to be sent, the reset that refuses the stream
  /// may be among them.
  private func isClosed(_ id: Int32) -> Bool { stream(id) == nil && queuedFrames == 0 }

  private func process(_ bytes: Span<UInt8>) throws(SessionError) {
    let result = unsafe bytes.withUnsafeBufferPointer {
      unsafe nghttp2_session_mem_recv(session, $0.baseAddress, $0.count)
    }
    // NGHTTP2_ERR_NOMEM, _CALLBACK_FAILURE, _BAD_CLIENT_MAGIC and _FLOODED all end the session.
    if result < 0 { throw SessionError(Int32(result)) }
  }

  /// What of the peer's bytes has not arrived whole: of a head or another frame, or of a body.
  package var partialInput: (head: Bool, body: Bool) { (meter.partial == .head, meter.partial == .body) }
  /// The number of frames that began: a partial frame with the same number is the same frame.
  package var frameNumber: Int { meter.frames }
  /// The number of heads and PINGs that arrived.
  package var signsOfLife: Int { meter.signsOfLife }
  /// Whether the client's first SETTINGS have arrived.
  package var hasSettings: Bool { meter.hasSettings }

  // MARK: Faults of the peer

  /// Ends the session for a fault of the peer: GOAWAY, and nothing after it.
  func end(_ fault: PeerFault) {
    guard self.fault == nil else { return }
    self.fault = fault
    let text = Array(fault.text.utf8)
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    meter.lastAcceptedID = last
    unsafe nghttp2_submit_goaway(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, fault.code.rawValue, text, text.count)
  }

  /// Whether the session neither reads nor writes any more, so that the caller closes the connection.
  package var isFinished: Bool {
    if fault != nil { return true }
    return unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
  }

  package var wantsWrite: Bool {
    unsafe nghttp2_session_want_write(session) != 0
  }

  /// The number of streams that the peer allows at once (SETTINGS_MAX_CONCURRENT_STREAMS); before its SETTINGS arrive, 100.
  package var peerStreamLimit: Int {
    Int(unsafe nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
  }

  // MARK: Streams, for the callbacks

  func addStream(id: Int32) -> Stream {
    let stream = pool.take()
    stream.open(id: id)
    stream.index = open.count
    open.append(stream)
    // A request's stream has no id yet.
    if id > 0 {
      latestID = id
      unsafe latest = Unmanaged.passUnretained(stream)
    }
    return stream
  }

  func removeStream(_ stream: Stream) {
    stream.isClosed = true
    // Another stream may soon use the object.
    if stream.id == latestID { latestID = 0 }
    unsentBytes -= stream.outgoing.byteCount
    let last = open.removeLast()
    if last !== stream {
      open[stream.index] = last
      last.index = stream.index
    }
  }

  /// Returns the object of a closed stream to the pool, after the caller has handled its `closed` event.
  package func recycle(_ stream: Stream) {
    pool.give(stream)
  }

  func stream(_ id: Int32) -> Stream? {
    if id == latestID, id > 0, let latest = unsafe latest { return unsafe latest.takeUnretainedValue() }
    guard let pointer = unsafe nghttp2_session_get_stream_user_data(session, id) else { return nil }
    latestID = id
    unsafe latest = Unmanaged.fromOpaque(pointer)
    return unsafe Unmanaged<Stream>.fromOpaque(pointer).takeUnretainedValue()
  }
}

@available(*, unavailable)
extension Session: Sendable {}

extension SessionError {
  init(_ number: Int32) {
    self.number = number
    description = unsafe String(cString: nghttp2_strerror(number))
  }
}
