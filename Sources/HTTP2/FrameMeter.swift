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
  /// The bytes of a frame header that has not arrived whole.
  private var header: InlineArray<9, UInt8> = .init(repeating: 0)
  private var headerHave = 0
  private var payloadLeft = 0
  private var isData = false
  private var isHeaders = false
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
    return isData ? .body : .head
  }

  /// Reads the next bytes. Returns the fault and the number of bytes before the frame at fault; nil when all is well.
  ///
  /// - Parameters:
  ///   - now: a monotonic time in milliseconds.
  ///   - sentFrames: the number of DATA and HEADERS frames that the session has sent.
  ///   - isOpen: whether a stream is open.
  mutating func scan(
    _ bytes: Span<UInt8>, now: Int, sentFrames: Int, isOpen: (Int32) -> Bool
  ) -> (fault: PeerFault, offset: Int)? {
    // nghttp2 opens a stream only when it has the first bytes of the payload.
    processedStreamID = payloadLeft > 0 && isHeaders ? lastStreamID - 1 : lastStreamID
    var at = min(prefaceLeft, bytes.count)
    prefaceLeft -= at
    while at < bytes.count {
      if payloadLeft > 0 {
        let count = min(payloadLeft, bytes.count - at)
        payloadLeft -= count
        at += count
        continue
      }
      let start = at
      let next: FrameHeader
      if headerHave == 0, bytes.count - at >= Self.headerCount {
        next = FrameHeader { bytes[start + $0] }
        at += Self.headerCount
      } else {
        while headerHave < Self.headerCount, at < bytes.count {
          header[headerHave] = bytes[at]
          headerHave += 1
          at += 1
        }
        guard headerHave == Self.headerCount else { return nil }
        headerHave = 0
        next = FrameHeader { header[$0] }
      }
      if let fault = frame(next, now: now, sentFrames: sentFrames, isOpen: isOpen) { return (fault, start) }
    }
    return nil
  }

  /// Judges the frame whose header has arrived.
  private mutating func frame(
    _ header: FrameHeader, now: Int, sentFrames: Int, isOpen: (Int32) -> Bool
  ) -> PeerFault? {
    let (length, type, flags, id) = (header.length, header.type, header.flags, header.id)
    payloadLeft = length
    isData = type == 0
    isHeaders = type == 1
    frames &+= 1
    let (endsStream, endsBlock) = (flags & 0x1 != 0, flags & 0x4 != 0)
    switch type {
    case 0x0:
      if isClosed(id, isOpen) { return .closedStream }
      let content = flags & 0x8 != 0 ? length - 1 : length
      if content <= 0, !endsStream, !emptyFrames.take(now: now) { return .emptyFrames }
    case 0x1:
      if isClosed(id, isOpen) { return .closedStream }
      lastStreamID = max(lastStreamID, id)
      signsOfLife &+= 1
      isInBlock = !endsBlock
      blockBytes = length
      if blockBytes > limits.headerBlockBytes { return .headerBlock }
      if length == 0, !endsBlock, !emptyFrames.take(now: now) { return .emptyFrames }
    case 0x9:
      isInBlock = !endsBlock
      blockBytes += length
      if blockBytes > limits.headerBlockBytes { return .headerBlock }
      if length == 0, !endsBlock, !emptyFrames.take(now: now) { return .emptyFrames }
    // PRIORITY, and PRIORITY_UPDATE (RFC 9218).
    case 0x2, 0x10: if !priorities.take(now: now) { return .priorities }
    case 0x3: if !resets.take(now: now) { return .resets }
    case 0x4:
      hasSettings = true
      if !endsStream, !settings.take(now: now) { return .settings }
    case 0x6 where flags & 0x1 == 0: return ping(now: now, sentFrames: sentFrames)
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

  /// Whether a stream has closed otherwise than by a reset of the server.
  private func isClosed(_ id: Int32, _ isOpen: (Int32) -> Bool) -> Bool {
    id & 1 == 1 && id <= min(processedStreamID, lastAcceptedID) && !isOpen(id) && !resetStreamSet.contains(id)
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

  init(_ byte: (Int) -> UInt8) {
    length = Int(byte(0)) << 16 | Int(byte(1)) << 8 | Int(byte(2))
    type = byte(3)
    flags = byte(4)
    id = Int32(byte(5) & 0x7f) << 24 | Int32(byte(6)) << 16 | Int32(byte(7)) << 8 | Int32(byte(8))
  }
}
