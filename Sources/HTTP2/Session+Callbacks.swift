internal import CNghttp2

/// nghttp2's callback table: each callback unwraps the session and calls one method. A callback returns no error that
/// nghttp2 would treat as fatal, and `on_stream_close` never returns an error (CVE-2023-35945).
extension Session {
  static func setCallbacks(_ table: OpaquePointer?) {
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, me in
      unsafe Session.with(me) { unsafe $0.beginHeaders(frame!) }
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(table) {
      _, frame, name, nameCount, value, valueCount, _, me in
      unsafe Session.with(me) {
        unsafe $0.header(
          frame!.pointee.hd.stream_id, UnsafeBufferPointer(start: name, count: nameCount),
          UnsafeBufferPointer(start: value, count: valueCount))
      }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, me in
      unsafe Session.with(me) { unsafe $0.frame(frame!) }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) { _, _, id, data, count, me in
      unsafe Session.with(me) { unsafe $0.data(id, UnsafeBufferPointer(start: data, count: count)) }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(table) { _, id, code, me in
      unsafe Session.with(me) { $0.closed(id, ErrorCode(rawValue: code)) }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(table) { _, frame, me in
      if unsafe frame!.pointee.hd.type != UInt8(NGHTTP2_DATA.rawValue) {
        unsafe Session.with(me) { unsafe $0.sent(frame!) }
      }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(table) { _, frame, number, me in
      unsafe Session.with(me) { unsafe $0.notSent(frame!.pointee.hd, number) }
      return 0
    }
    unsafe nghttp2_session_callbacks_set_send_data_callback(table) { _, frame, header, count, source, me in
      unsafe Session.with(me) { unsafe $0.sendData(Stream.from(source!.pointee.ptr), header!, count, frame!) }
    }
  }

  /// nghttp2 calls back only while the caller of `receive` or `fill` holds the session, so the callback retains
  /// nothing.
  private static func with<R>(_ pointer: UnsafeMutableRawPointer?, _ body: (Session) -> R) -> R {
    unsafe Unmanaged<Session>.fromOpaque(pointer!)._withUnsafeGuaranteedRef(body)
  }

  /// Opens a stream, or refuses it when the client has as many streams as it may.
  private func beginHeaders(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    let id = unsafe frame.pointee.hd.stream_id
    let stream: Stream
    if unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
      guard open.count < settings.maxConcurrentStreams else {
        refuse(id)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
      }
      stream = addStream(id: id)
      unsafe nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
    } else if let known = self.stream(id) {
      stream = known
    } else {
      return 0
    }
    receivingID = id
    if hasOwnRules { rules = RequestRules(isTrailer: stream.hasHead) }
    unsafe receiving = Unmanaged.passUnretained(stream.hasHead ? stream.trailers : stream.head)
    return 0
  }

  /// Resets a stream whose request nothing has processed: the client may ask again (RFC 9113 section 8.7).
  private func refuse(_ id: Int32) {
    refusedCount += 1
    meter.willReset(id)
    unsafe nghttp2_submit_rst_stream(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, ErrorCode.refusedStream.rawValue)
  }

  /// Keeps a field. Far beyond the limits nghttp2 resets the stream and validates no further field: a few bytes of HPACK
  /// can repeat a long field without end.
  @inline(never)
  private func header(
    _ id: Int32, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
  ) -> Int32 {
    guard id == receivingID, let block = unsafe receiving else { return 0 }
    if hasOwnRules, unsafe rules?.judge(name, value) == false { return 0 }
    let limit = Int(settings.maxHeaderListSize)
    var size = 0
    unsafe block._withUnsafeGuaranteedRef {
      unsafe $0.append(name: name, value: value, limit: limit, countLimit: settings.maxHeaderFields)
      size = $0.listSize
    }
    return size > 4 * limit ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue : 0
  }

  /// A frame that is not DATA was sent.
  private func sent(_ frame: UnsafePointer<nghttp2_frame>) {
    switch unsafe UInt32(frame.pointee.hd.type) {
    case NGHTTP2_HEADERS.rawValue: sentFrames += 1
    case NGHTTP2_RST_STREAM.rawValue:
      guard role == .server else { break }
      let code = unsafe ErrorCode(rawValue: frame.pointee.rst_stream.error_code)
      if let fault = unsafe meter.resets(frame.pointee.hd.stream_id, code, now: now) { end(fault) }
    default: break
    }
  }

  /// nghttp2 dropped a frame. A head that it cannot send would leave its stream without an answer for ever.
  private func notSent(_ header: nghttp2_frame_hd, _ number: Int32) {
    guard header.type == UInt8(NGHTTP2_HEADERS.rawValue), stream(header.stream_id) != nil,
      number != NGHTTP2_ERR_STREAM_CLOSING.rawValue, number != NGHTTP2_ERR_STREAM_CLOSED.rawValue
    else { return }
    unsendable.append(header.stream_id)
    unsendableCount += 1
  }

  private func frame(_ frame: UnsafePointer<nghttp2_frame>) {
    let header = unsafe frame.pointee.hd
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      guard let stream = stream(header.stream_id) else { return }
      if hasOwnRules, !isWellFormed(stream, header) { return refuseMalformed(stream) }
      if !stream.hasHead {
        note(.head(stream))
        // Another head follows an informational response (1xx).
        let isInformational = role == .client && (100..<200).contains(stream.head.status)
        if isInformational { stream.head.removeAll() } else { stream.hasHead = true }
      }
      endIfLast(stream, header)
    case NGHTTP2_DATA.rawValue:
      guard let stream = stream(header.stream_id) else { return }
      if stream.hasWrongLength(isWhole: header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0) {
        return refuseMalformed(stream)
      }
      endIfLast(stream, header)
    case NGHTTP2_PING.rawValue:
      if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { pingsAnswered += 1 }
    case NGHTTP2_GOAWAY.rawValue:
      let body = unsafe frame.pointee.goaway
      note(.goAway(lastStreamID: unsafe body.last_stream_id, unsafe ErrorCode(rawValue: body.error_code)))
    default:
      break
    }
  }

  /// Whether a whole block of fields makes a request's head or its trailers (RFC 9113 section 8.1.1).
  private func isWellFormed(_ stream: Stream, _ header: nghttp2_frame_hd) -> Bool {
    guard let rules else { return true }
    self.rules = nil
    let isLast = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    if stream.hasHead {
      guard isLast, !rules.isMalformed else { return false }
    } else {
      guard rules.isRequest, rules.hasAuthority || mayLackAuthority(stream.head) else { return false }
    }
    if let length = rules.contentLength {
      guard stream.contentLength < 0 else { return false }
      stream.contentLength = length
    }
    return !stream.hasWrongLength(isWhole: isLast)
  }

  /// Resets a stream whose request breaks a rule, once.
  private func refuseMalformed(_ stream: Stream) {
    guard !stream.isMalformed else { return }
    stream.isMalformed = true
    reset(stream, .protocolError)
  }

  private func mayLackAuthority(_ head: HeaderBlock) -> Bool {
    settings.pathsWithoutAuthority.contains { head.pathIs($0, beforeQuery: true) }
  }

  private func endIfLast(_ stream: Stream, _ header: nghttp2_frame_hd) {
    guard header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 else { return }
    stream.isRemoteClosed = true
    // The end event also covers the last bytes.
    if !events.isEmpty, dataID == header.stream_id {
      events[events.count - 1] = .end(stream)
      dataID = 0
    } else {
      note(.end(stream))
    }
  }

  private func data(_ id: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
    // Returns the connection's window at once, so that a stream without a reader does not block the others. The
    // application returns the stream's own window as it takes the bytes.
    unsafe nghttp2_session_consume_connection(session, bytes.count)
    guard let stream = stream(id), !stream.isMalformed else { return }
    stream.receivedBytes += bytes.count
    if stream.hasWrongLength(isWhole: false) { return refuseMalformed(stream) }
    unsafe stream.received.append(bytes)
    note(.data(stream))
    dataID = id
  }

  private func note(_ event: Event) {
    events.append(event)
    dataID = 0
  }

  private func closed(_ id: Int32, _ code: ErrorCode) {
    guard let stream = stream(id) else { return }
    if id == receivingID { unsafe receiving = nil }
    removeStream(stream)
    note(.closed(stream, code))
  }

  /// Writes one DATA frame: nghttp2's frame header, then bytes of the stream's slices.
  private func sendData(
    _ stream: Stream, _ header: UnsafePointer<UInt8>, _ count: Int, _ frame: UnsafePointer<nghttp2_frame>
  ) -> Int32 {
    let size = 9 + count
    guard outputLeft >= size + Session.largestFrame, let target = unsafe output else {
      outputIsFull = true
      return NGHTTP2_ERR_WOULDBLOCK.rawValue
    }
    unsafe target.copyMemory(from: header, byteCount: 9)
    unsafe stream.outgoing.move(count, to: target + 9)
    unsafe output = target + size
    outputLeft -= size
    sentFrames += 1
    sentBytes += count
    unsentBytes -= count
    stream.sentBytes += count
    return 0
  }
}

extension Stream {
  static func from(_ pointer: UnsafeMutableRawPointer?) -> Stream {
    unsafe Unmanaged<Stream>.fromOpaque(pointer!).takeUnretainedValue()
  }
}
