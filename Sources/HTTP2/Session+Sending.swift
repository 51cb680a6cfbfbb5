internal import CNghttp2

extension Session {
  /// The size of header and payload of the largest frame that nghttp2 returns in one piece, in bytes.
  static let largestFrame = 16_384 + 9 + 256

  /// The result of `fill`.
  package enum Fill {
    /// The buffer has everything that can be sent now.
    case drained
    /// The buffer is full, and more bytes wait.
    case full
  }

  /// Appends outgoing frames to `buffer`, which must have room for at least 64 KiB.
  package func fill(_ buffer: inout OutputRawSpan) throws(SessionError) -> Fill {
    var failure: SessionError?
    var result = Fill.drained
    unsafe buffer.withUnsafeMutableBytes { target, initialized in
      unsafe output = target.baseAddress! + initialized
      outputLeft = target.count - initialized
      outputIsFull = false
      do throws(SessionError) {
        result = try drain()
      } catch {
        failure = error
      }
      initialized = target.count - outputLeft
      unsafe output = nil
    }
    if let failure { throw failure }
    return result
  }

  private func drain() throws(SessionError) -> Fill {
    while outputLeft >= Session.largestFrame {
      if !unsendable.isEmpty { resetUnsendable() }
      var data: UnsafePointer<UInt8>?
      let count = unsafe nghttp2_session_mem_send(session, &data)
      // The errors are NGHTTP2_ERR_NOMEM and NGHTTP2_ERR_CALLBACK_FAILURE.
      if count < 0 { throw SessionError(Int32(count)) }
      if count == 0 {
        // The drop of a head that cannot be sent was the last step: its reset comes next.
        if !unsendable.isEmpty { continue }
        return outputIsFull ? .full : .drained
      }
      guard let data = unsafe data, let target = unsafe output else { return .drained }
      unsafe target.copyMemory(from: data, byteCount: count)
      if !hasSentSettings { unsafe advertiseStreams(UnsafeMutableRawBufferPointer(start: target, count: count)) }
      unsafe output = target + count
      outputLeft -= count
    }
    return .full
  }

  /// Writes the server's `maxConcurrentStreams` into its first frame, its SETTINGS, as the value of their first entry.
  ///
  /// nghttp2 itself has no limit: it would end the connection of a client that opens a stream too many, where the
  /// session refuses that stream.
  private func advertiseStreams(_ frame: UnsafeMutableRawBufferPointer) {
    hasSentSettings = true
    guard role == .server else { return }
    let id = UInt8(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue)
    guard unsafe frame.count >= 15 && frame[3] == UInt8(NGHTTP2_SETTINGS.rawValue) && frame[10] == id else { return }
    unsafe frame.storeBytes(of: settings.maxConcurrentStreams.bigEndian, toByteOffset: 11, as: UInt32.self)
  }

  /// Resets the streams whose answer cannot be sent.
  private func resetUnsendable() {
    for id in unsendable {
      unsafe nghttp2_submit_rst_stream(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, ErrorCode.internalError.rawValue)
    }
    unsendable.removeAll()
  }

  /// Asks the peer for a sign of life; see `pingsAnswered`.
  package func ping() {
    unsafe nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
  }

  /// The bytes that the peer lets this side send on a stream, and on the connection; at most 0 when it is shut.
  package func window(of stream: Stream) -> Int {
    Int(unsafe nghttp2_session_get_stream_remote_window_size(session, stream.id))
  }
  package var connectionWindow: Int { Int(unsafe nghttp2_session_get_remote_window_size(session)) }
  /// The number of frames that wait to be sent, without DATA.
  package var queuedFrames: Int { unsafe nghttp2_session_get_outbound_queue_size(session) }

  func submitSettings() {
    var entries = [
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
        value: role == .server ? .max : settings.maxConcurrentStreams),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: settings.initialWindowSize),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: settings.maxHeaderListSize),
    ]
    if role == .client {
      entries.append(nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
    }
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    unsafe nghttp2_submit_settings(session, flags, entries, entries.count)
    unsafe nghttp2_session_set_local_window_size(session, flags, 0, settings.connectionWindowSize)
  }

  /// Appends bytes to the body, which the session sends after the head. It does not copy them.
  package func send(_ slice: ArraySlice<UInt8>, on stream: Stream) {
    guard !stream.isClosed else { return }
    stream.outgoing.append(slice)
    unsentBytes += slice.count
    resume(stream)
  }

  /// Begins a body with gRPC's prefix of a message of `count` bytes; `send` appends the message.
  package func begin(messageOf count: Int, isCompressed: Bool = false, on stream: Stream) {
    guard !stream.isClosed else { return }
    stream.outgoing.begin(messageOf: count, isCompressed: isCompressed)
    unsentBytes += SliceQueue.messagePrefix
  }

  /// Ends the stream's body after the appended bytes, with optional trailers.
  package func finish(_ stream: Stream, trailers: Headers? = nil) {
    guard !stream.isClosed, !stream.endsAfterOutgoing else { return }
    stream.endsAfterOutgoing = true
    stream.outgoingTrailers = trailers
    resume(stream)
  }

  /// Sends a response's head; `send` and `finish` send the body. With `endStream` there is no body.
  package func respond(_ stream: Stream, _ head: Headers, endStream: Bool = false) {
    guard !stream.isClosed else { return }
    stream.outgoingHead = head
    var provider = unsafe dataProvider(stream)
    // Only NGHTTP2_ERR_NOMEM is possible, because the stream id comes from nghttp2.
    if endStream {
      unsafe nghttp2_submit_response(session, stream.id, head.fields.baseAddress, head.count, nil)
    } else {
      unsafe nghttp2_submit_response(session, stream.id, head.fields.baseAddress, head.count, &provider)
    }
  }

  /// Opens a stream with a request's head; nil when the connection can open no more streams.
  package func request(_ head: Headers) -> Stream? {
    let stream = addStream(id: 0)
    var provider = unsafe dataProvider(stream)
    let me = unsafe Unmanaged.passUnretained(stream).toOpaque()
    let id = unsafe nghttp2_submit_request(session, nil, head.fields.baseAddress, head.count, &provider, me)
    // The errors are NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE (all ids are used) and NGHTTP2_ERR_NOMEM.
    guard id > 0 else {
      removeStream(stream)
      return nil
    }
    stream.open(id: id)
    return stream
  }

  /// Ends a stream at once (RST_STREAM).
  package func reset(_ stream: Stream, _ code: ErrorCode) {
    guard !stream.isClosed else { return }
    unsafe nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
  }

  /// Returns `count` bytes of the stream's window to the peer, after the application took them.
  package func consumed(_ count: Int, on stream: Stream) {
    guard count > 0, !stream.isClosed else { return }
    unsafe nghttp2_session_consume_stream(session, stream.id, count)
  }

  /// Announces to the peer that the session will soon refuse new streams (GOAWAY with the largest id; RFC 9113 section
  /// 6.8).
  package func announceShutdown() {
    unsafe nghttp2_submit_shutdown_notice(session)
  }

  /// Refuses streams after the last stream that arrived, and lets the present streams end.
  package func goAway(_ code: ErrorCode) {
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    meter.lastAcceptedID = last
    unsafe nghttp2_submit_goaway(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, nil, 0)
  }

  private func resume(_ stream: Stream) {
    guard stream.isDeferred else { return }
    stream.isDeferred = false
    unsafe nghttp2_session_resume_data(session, stream.id)
  }

  private func dataProvider(_ stream: Stream) -> nghttp2_data_provider {
    let source = unsafe nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque())
    return unsafe nghttp2_data_provider(source: source) { session, id, _, room, flags, source, _ in
      let stream = unsafe Stream.from(source!.pointee.ptr)
      let count = min(room, stream.outgoing.byteCount)
      let isLast = count == stream.outgoing.byteCount && stream.endsAfterOutgoing
      guard count > 0 || isLast else {
        stream.isDeferred = true
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
      }
      unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
      if isLast {
        unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if let trailers = stream.outgoingTrailers {
          unsafe flags!.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
          unsafe nghttp2_submit_trailer(session, id, trailers.fields.baseAddress, trailers.count)
        }
      }
      return count
    }
  }
}
