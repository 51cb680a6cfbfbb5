/// Reads the headers of a client's frames as they arrive, and judges them by `FrameLimits`: a session without I/O takes
/// floods of frames that never reach its callbacks.
struct FrameMeter {
  /// What of a frame or header block is still on its way.
  package enum Partial: Hashable, Sendable {
    case none
    /// The preface, a header block, or a frame that is not DATA.
    case head
    case body
  }

  private static let prefaceCount = 24
  private static let headerCount = 9

  private let limits: FrameLimits
  private var pings: TokenBucket
  private var settings: TokenBucket
  private var priorities: TokenBucket
  private var emptyFrames: TokenBucket
  private var windowUpdates: TokenBucket
  private var resets: TokenBucket
  private var streamErrors: TokenBucket
  private var refusedStreams: TokenBucket
  /// The last streams that the server reset, in order: the client's frames may still be on their way to them.
  private var resetStreams: [Int32] = []
  private var resetStreamSet: Set<Int32> = []

  private var prefaceLeft = prefaceCount
  /// The frames of the last bytes that only an open stream may have, for the session to judge: the stream of each, and the
  /// number of bytes before it. Of frames of one stream in a row only the first is here.
  private(set) var needOpen: [(id: Int32, offset: Int)] = []
  /// The bytes of a frame header that has not arrived whole.
  private var header: InlineArray<9, UInt8> = .init(repeating: 0)
  private var headerHave = 0
  private var payloadLeft = 0
  /// The type of the last frame that began.
  private var type: UInt8 = 0
  /// Whether a header block has begun and not ended.
  private var isInBlock = false
  private var blockBytes = 0

  private var lastPing = Int.min
  private var strikes = 0
  private var sentAtPing = 0
  private var creditedFrames = 0
  /// The largest stream id that a HEADERS frame had.
  private(set) var lastStreamID: Int32 = 0
  /// The largest of them in bytes that the session has processed.
  private var processedStreamID: Int32 = 0
  /// The stream that the client reset last; -1: none.
  private var clientResetID: Int32 = -1
  /// The largest stream id that the server's GOAWAY accepts: frames of later streams are ignored.
  var lastAcceptedID = Int32.max
  /// Whether the client's first SETTINGS frame has begun.
  private(set) var hasSettings = false
  /// The number of PINGs and heads, as a sign of life.
  private(set) var signsOfLife = 0
  /// The number of heads and other frames that began, so that the owner sees whether a partial frame is still the same.
  private(set) var frames = 0

  init(_ limits: FrameLimits) {
    self.limits = limits
    pings = TokenBucket(limits.pings)
    settings = TokenBucket(limits.settings)
    priorities = TokenBucket(limits.priorities)
    emptyFrames = TokenBucket(limits.emptyFrames)
    windowUpdates = TokenBucket(limits.windowUpdates)
    resets = TokenBucket(limits.resets)
    streamErrors = TokenBucket(limits.streamErrors)
    refusedStreams = TokenBucket(limits.refusedStreams)
  }

  /// What is still on its way.
  var partial: Partial {
    if prefaceLeft > 0 || headerHave > 0 || isInBlock { return .head }
    guard payloadLeft > 0 else { return .none }
    return type == 0x0 ? .body : .head
  }

  /// Reads the next bytes. Returns the fault and the number of bytes before the frame at fault; nil when all is well.
  ///
  /// - Parameters:
  ///   - now: a monotonic time in milliseconds.
  ///   - sentFrames: the number of DATA and HEADERS frames that the session has sent.
  mutating func scan(_ bytes: Span<UInt8>, now: Int, sentFrames: Int) -> (fault: PeerFault, offset: Int)? {
    // nghttp2 opens a stream only when it has the first bytes of the payload.
    processedStreamID = payloadLeft > 0 && type == 0x1 ? lastStreamID - 1 : lastStreamID
    if !needOpen.isEmpty { needOpen.removeAll(keepingCapacity: needOpen.capacity <= 64) }
    var at = min(prefaceLeft, bytes.count)
    prefaceLeft -= at
    while true {
      let rest = min(payloadLeft, bytes.count - at)
      payloadLeft -= rest
      at += rest
      guard at < bytes.count else { return nil }
      let start = at
      if headerHave == 0, bytes.count - start >= Self.headerCount {
        at += Self.headerCount
        let header = FrameHeader(bytes.extracting(start..<start + Self.headerCount))
        if let fault = frame(header, at: start, now: now, sentFrames: sentFrames) { return (fault, start) }
      } else {
        guard let header = partialHeader(bytes, &at) else { return nil }
        if let fault = frame(header, at: start, now: now, sentFrames: sentFrames) { return (fault, start) }
      }
    }
  }

  /// Takes bytes of a header that arrives in pieces. Returns the header when it is whole.
  @inline(never)
  private mutating func partialHeader(_ bytes: Span<UInt8>, _ at: inout Int) -> FrameHeader? {
    while headerHave < Self.headerCount, at < bytes.count {
      header[headerHave] = bytes[at]
      headerHave += 1
      at += 1
    }
    guard headerHave == Self.headerCount else { return nil }
    headerHave = 0
    return FrameHeader(header.span)
  }

  /// Judges the frame whose header has arrived: HEADERS and DATA, which each request has.
  @inline(__always)
  private mutating func frame(_ header: FrameHeader, at offset: Int, now: Int, sentFrames: Int) -> PeerFault? {
    payloadLeft = header.length
    type = header.type
    frames &+= 1
    guard header.type <= 0x1 else { return otherFrame(header, now: now, sentFrames: sentFrames) }
    if header.id == clientResetID { return .closedStream }
    if header.id <= processedStreamID { requireOpen(header.id, offset) }
    if header.type == 0x1, let fault = head(header) { return fault }
    return header.mayBeEmpty && header.isEmpty && !emptyFrames.take(now: now) ? .emptyFrames : nil
  }

  /// Judges a HEADERS frame.
  private mutating func head(_ header: FrameHeader) -> PeerFault? {
    lastStreamID = max(lastStreamID, header.id)
    signsOfLife &+= 1
    isInBlock = !header.endsBlock
    blockBytes = header.length
    return blockBytes > limits.headerBlockBytes ? .headerBlock : nil
  }

  /// Judges a frame of any other type.
  @inline(never)
  private mutating func otherFrame(_ header: FrameHeader, now: Int, sentFrames: Int) -> PeerFault? {
    switch header.type {
    case 0x9:
      isInBlock = !header.endsBlock
      blockBytes += header.length
      if blockBytes > limits.headerBlockBytes { return .headerBlock }
      if header.isEmpty, !emptyFrames.take(now: now) { return .emptyFrames }
    // PRIORITY, and PRIORITY_UPDATE (RFC 9218).
    case 0x2, 0x10: if !priorities.take(now: now) { return .priorities }
    case 0x3:
      clientResetID = header.id
      if !resets.take(now: now) { return .resets }
    case 0x4:
      hasSettings = true
      if !header.isAcknowledgement, !settings.take(now: now) { return .settings }
    case 0x6 where !header.isAcknowledgement: return ping(now: now, sentFrames: sentFrames)
    case 0x8:
      if sentFrames > creditedFrames {
        windowUpdates.add(10 * (sentFrames - creditedFrames))
        creditedFrames = sentFrames
      }
      if !windowUpdates.take(now: now) { return .windowUpdates }
    case 0x6, 0x7: break
    default: if !emptyFrames.take(now: now) { return .emptyFrames }
    }
    return nil
  }

  /// Notes a frame of a stream that must be open unless the server reset it: the session has processed its head.
  @inline(never)
  private mutating func requireOpen(_ id: Int32, _ offset: Int) {
    guard id & 1 == 1, id <= lastAcceptedID, needOpen.last?.id != id, !resetStreamSet.contains(id) else { return }
    needOpen.append((id, offset))
  }

  /// The reset of a stream is on its way: until the client has it, its frames for the stream are ignored.
  mutating func willReset(_ id: Int32) {
    if resetStreamSet.insert(id).inserted { resetStreams.append(id) }
    if resetStreams.count >= 2_048 {
      resetStreamSet.subtract(resetStreams.prefix(1_024))
      resetStreams.removeFirst(1_024)
    }
  }

  /// The server has reset a stream. Returns the fault when the client's errors are the cause too often.
  mutating func resets(_ id: Int32, _ code: ErrorCode, now: Int) -> PeerFault? {
    willReset(id)
    switch code {
    case .noError, .cancel: return nil
    case .refusedStream: return refusedStreams.take(now: now) ? nil : .refusedStreams
    default: return streamErrors.take(now: now) ? nil : .streamErrors
    }
  }

  /// Judges a PING by gRPC's rules, and by the rate of all pings.
  private mutating func ping(now: Int, sentFrames: Int) -> PeerFault? {
    signsOfLife &+= 1
    if sentFrames != sentAtPing {
      strikes = 0
    } else if lastPing != .min, now - lastPing < limits.pingInterval {
      strikes += 1
      if strikes > 2 { return .frequentPings }
    }
    sentAtPing = sentFrames
    lastPing = now
    return pings.take(now: now) ? nil : .pings
  }
}

/// The header of a frame (RFC 9113 section 4.1).
private struct FrameHeader {
  let length: Int
  let type: UInt8
  let flags: UInt8
  let id: Int32

  /// Reads the 9 bytes of `bytes`.
  @inline(__always)
  init(_ bytes: Span<UInt8>) {
    length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
    type = bytes[3]
    flags = bytes[4]
    id = Int32(bytes[5] & 0x7f) << 24 | Int32(bytes[6]) << 16 | Int32(bytes[7]) << 8 | Int32(bytes[8])
  }

  var isAcknowledgement: Bool { flags & 0x1 != 0 }
  var endsBlock: Bool { flags & 0x4 != 0 }
  /// Whether the length allows that the frame is empty, which `isEmpty` finds out.
  var mayBeEmpty: Bool { length <= 1 }
  /// Whether a frame of DATA, HEADERS or CONTINUATION has no content, and is not the last of its stream or block.
  var isEmpty: Bool {
    guard type == 0x0 else { return length == 0 && !endsBlock }
    let (endsStream, isPadded) = (flags & 0x1 != 0, flags & 0x8 != 0)
    return length <= (isPadded ? 1 : 0) && !endsStream
  }
}
