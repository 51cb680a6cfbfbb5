import TestKit
import Testing

@testable import HTTP2

/// Floods of frames, each by itself, against a session that needs no socket.
@Suite struct FrameMeterTests {
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// The bytes of a frame.
  private static func frame(_ type: UInt8, flags: UInt8 = 0, id: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let length = payload.count
    return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags, 0, 0, 0, id] + payload
  }

  private static let settings = frame(4)
  /// A whole GET request on a stream; every field is in HPACK's static table.
  private static func request(_ id: UInt8, ends: Bool = true) -> [UInt8] {
    frame(1, flags: ends ? 5 : 4, id: id, [0x82, 0x86, 0x84, 0x41, 1, 0x61])
  }

  private func session(_ change: (inout FrameLimits) -> Void = { _ in }) throws -> Session {
    var settings = Settings()
    change(&settings.frames)
    let session = Session(role: .server, settings: settings, pool: StreamPool { Stream() })
    try session.receive((Self.preface + Self.settings).span)
    _ = try session.pendingBytes()
    return session
  }

  /// The number of times that a session takes `bytes`, at `perSecond`, before it ends.
  private func count(
    of bytes: [UInt8], perSecond: Int, most: Int, _ session: Session
  ) throws -> Int {
    for number in 0..<most {
      try session.receive(bytes.span, now: 1_000 + number * 1_000 / perSecond)
      if session.fault != nil { return number }
      _ = try session.pendingBytes()
    }
    return most
  }

  private static let floods: [(bytes: [UInt8], fault: PeerFault)] = [
    (frame(4, [0, 3, 0, 0, 0, 1]), .settings), (frame(2, id: 1, [0, 0, 0, 0, 1]), .priorities),
    (frame(0x10, [0, 0, 0, 1, 0x75]), .priorities), (frame(0xee, [1]), .emptyFrames),
    (frame(8, [0, 0, 0, 1]), .windowUpdates),
  ]

  @Test(arguments: floods.indices) func `a flood of frames ends the connection and names its kind`(index: Int) throws {
    let (bytes, fault) = Self.floods[index]
    let session = try session {
      $0.settings = FrameRate(50, perSecond: 10)
      $0.priorities = FrameRate(50, perSecond: 10)
      $0.emptyFrames = FrameRate(50, perSecond: 10)
      $0.windowUpdates = FrameRate(50, perSecond: 10)
    }
    // WINDOW_UPDATE of the connection alone would end the session by its sum; these sums are small.
    #expect(try (45...60).contains(count(of: bytes, perSecond: 10_000, most: 1_000, session)))
    #expect(session.fault == fault && session.isFinished)
    let sent = try session.pendingBytes()
    #expect(String(decoding: sent, as: UTF8.self).contains(fault.text))
    #expect(sent.suffix(fault.text.utf8.count + 4).first == 0 && sent.contains(0xb), "GOAWAY with ENHANCE_YOUR_CALM")
  }

  @Test(arguments: floods.indices) func `frames at a rate that is allowed go on for ever`(index: Int) throws {
    let session = try session {
      $0.settings = FrameRate(50, perSecond: 10)
      $0.priorities = FrameRate(50, perSecond: 10)
      $0.emptyFrames = FrameRate(50, perSecond: 10)
      $0.windowUpdates = FrameRate(50, perSecond: 10)
    }
    #expect(try count(of: Self.floods[index].bytes, perSecond: 9, most: 2_000, session) == 2_000)
  }

  @Test func `empty DATA frames on an open stream are a flood`() throws {
    let session = try session { $0.emptyFrames = FrameRate(50, perSecond: 10) }
    try session.receive(Self.request(1, ends: false).span, now: 1_000)
    #expect(try count(of: Self.frame(0, id: 1), perSecond: 10_000, most: 1_000, session) < 60)
    #expect(session.fault == .emptyFrames)
  }

  // MARK: Pings

  private static let ping = frame(6, [1, 2, 3, 4, 5, 6, 7, 8])

  @Test func `the third ping that comes too early without an answer between ends the connection`() throws {
    let session = try session()
    for (number, now) in [0, 1_000, 2_000].enumerated() {
      try session.receive(Self.ping.span, now: 10_000 + now)
      #expect(session.fault == nil, "ping \(number)")
    }
    try session.receive(Self.ping.span, now: 13_000)
    #expect(session.fault == .frequentPings)
    #expect(String(decoding: try session.pendingBytes(), as: UTF8.self).contains("too_many_pings"))
  }

  @Test func `pings at the allowed pause go on for ever`() throws {
    let session = try session()
    for number in 0..<1_000 {
      try session.receive(Self.ping.span, now: number * 5_000)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == nil && session.signsOfLife == 1_000)
  }

  @Test func `pings between answers do not count as too early`() throws {
    let session = try session()
    for number in 0..<100 {
      try session.receive(Self.request(UInt8(number * 2 + 1)).span, now: 1_000 + number)
      let stream = try #require(session.open.first)
      session.respond(stream, Headers([(":status", "200")]), endStream: true)
      _ = try session.pendingBytes()
      try session.receive(Self.ping.span, now: 1_000 + number)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == nil)
  }

  // MARK: Resets

  @Test func `rapid resets end the connection`() throws {
    let session = try session { $0.resets = FrameRate(50, perSecond: 10) }
    for number in 0..<50 {
      let id = UInt8(number * 2 + 1)
      try session.receive((Self.request(id) + Self.frame(3, id: id, [0, 0, 0, 8])).span, now: 1_000)
      #expect(session.fault == nil)
    }
    try session.receive((Self.request(101) + Self.frame(3, id: 101, [0, 0, 0, 8])).span, now: 1_000)
    #expect(session.fault == .resets)
  }

  @Test func `a client that makes the server reset its streams is ended`() throws {
    let session = try session { $0.streamErrors = FrameRate(20, perSecond: 1) }
    for number in 0..<60 where session.fault == nil {
      let id = UInt8(number * 2 + 1)
      // The window of the stream overflows (RFC 9113 section 6.9.1): a stream error.
      try session.receive((Self.request(id) + Self.frame(8, id: id, [0x7f, 0xff, 0xff, 0xff])).span, now: 1_000)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == .streamErrors)
  }

  @Test func `a peer that reads nothing cannot make frames queue without end`() throws {
    let session = try session { $0.queuedFrames = 200 }
    var sent = 0
    while session.fault == nil, sent < 10_000 {
      // An answer to each of these waits, and nothing is ever taken.
      try session.receive(Self.frame(6, [1, 2, 3, 4, 5, 6, 7, UInt8(sent & 255)]).span, now: sent * 6_000)
      sent += 1
    }
    #expect(session.fault == .queuedFrames && sent < 250)
  }

  // MARK: Closed streams

  /// A session whose stream 1 is answered and closed.
  private func answered() throws -> Session {
    let session = try session()
    try session.receive(Self.request(1).span)
    session.respond(try #require(session.open.first), Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    #expect(session.open.isEmpty)
    return session
  }

  private static let late = [frame(0, flags: 1, id: 1, [1, 2, 3]), request(1), frame(0, id: 1, [])]

  @Test(arguments: late.indices)
  func `a frame on a stream that both sides have ended is a connection error`(index: Int) throws {
    let session = try answered()
    let late = Self.late[index]
    try session.receive(late.span)
    #expect(session.fault == .closedStream)
    // GOAWAY with STREAM_CLOSED, after the header, the reserved bit and the last stream.
    #expect(Array(try session.pendingBytes().dropFirst(13).prefix(4)) == [0, 0, 0, 5])
  }

  @Test(arguments: late.indices) func `a frame after the client's own reset is a connection error`(index: Int) throws {
    let start = Self.request(1, ends: false) + Self.frame(3, id: 1, [0, 0, 0, 8])
    let late = Self.late[index]
    let apart = try session()
    try apart.receive(start.span)
    try apart.receive(late.span)
    #expect(apart.fault == .closedStream)
    let together = try session()
    try together.receive((start + late).span)
    #expect(together.fault == .closedStream)
  }

  @Test func `a client that resets a stream goes on with others`() throws {
    let session = try session()
    for id: UInt8 in [1, 3, 5] {
      let data = Self.frame(0, id: id, [1])
      try session.receive((Self.request(id, ends: false) + data + Self.frame(3, id: id, [0, 0, 0, 8])).span)
    }
    try session.receive(Self.request(7).span)
    #expect(session.fault == nil && session.open.count == 1)
  }

  @Test(arguments: late.indices) func `frames on their way to a stream that the server reset are ignored`(
    index: Int
  ) throws {
    let session = try session()
    try session.receive(Self.request(1, ends: false).span)
    session.reset(try #require(session.open.first), .cancel)
    _ = try session.pendingBytes()
    let late = Self.late[index]
    try session.receive(late.span)
    #expect(session.fault == nil)
    try session.receive(Self.request(3).span)
    #expect(session.open.count == 1, "the connection goes on")
  }

  @Test func `the body of a refused stream is ignored before and after its reset is sent`() throws {
    var settings = Settings()
    settings.maxConcurrentStreams = 1
    let session = Session(role: .server, settings: settings, pool: StreamPool { Stream() })
    try session.receive((Self.preface + Self.settings).span)
    _ = try session.pendingBytes()
    try session.receive((Self.request(1, ends: false) + Self.request(3, ends: false)).span)
    let data = Self.frame(0, id: 3, [1])
    try session.receive(data.span)
    #expect(session.fault == nil && session.queuedFrames > 0)
    let sent = try session.pendingBytes()
    try session.receive(data.span)
    #expect(session.fault == nil && sent.contains(UInt8(ErrorCode.refusedStream.rawValue)))
  }

  @Test func `a frame on a closed stream is found behind frames of open streams`() throws {
    let session = try session()
    try session.receive((Self.request(1) + Self.request(3, ends: false) + Self.request(5, ends: false)).span)
    session.respond(session.open[0], Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    let good = Self.frame(0, id: 3, [1]) + Self.frame(0, id: 3, [2]) + Self.frame(0, id: 5, [3])
    try session.receive((good + Self.frame(0, id: 1, [4]) + Self.frame(0, id: 5, [5])).span)
    #expect(session.fault == .closedStream)
    #expect(session.open.map(\.receivedBytes).sorted() == [1, 2], "what came before the fault has arrived")
  }

  @Test func `frames that may come on a closed stream do no harm`() throws {
    let session = try answered()
    let bytes =
      Self.frame(8, id: 1, [0, 0, 0, 9]) + Self.frame(3, id: 1, [0, 0, 0, 8])
      + Self.frame(2, id: 1, [0, 0, 0, 0, 9])
    try session.receive(bytes.span)
    #expect(session.fault == nil && !session.isFinished)
  }

  @Test func `frames of streams that a GOAWAY did not accept are ignored`() throws {
    let session = try session()
    try session.receive(Self.request(1, ends: false).span)
    session.goAway(.noError)
    _ = try session.pendingBytes()
    try session.receive(Self.request(3, ends: false).span)
    let data = Self.frame(0, flags: 1, id: 3, [1])
    try session.receive(data.span)
    #expect(session.fault == nil && session.open.count == 1)
  }

  @Test func `a head with a priority may come in any pieces, with its body behind it`() throws {
    let head: [UInt8] = [0, 0, 0, 0, 16] + [0x82, 0x86, 0x84, 0x41, 1, 0x61]
    let bytes = Self.frame(1, flags: 0x24, id: 1, head) + Self.frame(0, flags: 1, id: 1, [1, 2])
    for cut in 0...bytes.count {
      let session = try session()
      let (first, second) = (Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut)))
      try session.receive(first.span)
      try session.receive(second.span)
      #expect(session.fault == nil && session.open.first?.isRemoteClosed == true, "cut at \(cut)")
    }
  }

  // MARK: Header blocks

  @Test func `a header block that is long as sent ends the connection`() throws {
    let session = try session { $0.headerBlockBytes = 1_000 }
    try session.receive(Self.frame(1, flags: 1, id: 1, [UInt8](repeating: 0x82, count: 500)).span)
    #expect(session.fault == nil)
    try session.receive(Self.frame(9, id: 1, [UInt8](repeating: 0x82, count: 600)).span)
    #expect(session.fault == .headerBlock)
  }

  @Test func `a field that HPACK repeats far beyond the limit resets the stream and not the connection`() throws {
    let session = try session()
    // One literal field of 3,000 bytes into the dynamic table (entry 62), then references to it.
    let name = [0x40, 1, 0x78] as [UInt8]
    let value = [0x7f, 0xb9, 0x16] + [UInt8](repeating: 0x61, count: 3_000)
    let block = [0x82, 0x86, 0x84] + name + value + [UInt8](repeating: 0xbe, count: 1_000)
    try session.receive(Self.frame(1, flags: 5, id: 1, block).span)
    let sent = try session.pendingBytes()
    #expect(session.fault == nil && session.open.isEmpty)
    #expect(sent.count == 13 && sent[3] == 3, "RST_STREAM")
    try session.receive(Self.request(3).span)
    #expect(session.open.count == 1)
  }

  // MARK: Pieces

  @Test func `a flood in pieces of any size is found as in one piece`() throws {
    let flood = Array(repeatElement(Self.frame(0xee, [1, 2, 3]), count: 80).joined())
    for size in 1...23 {
      let session = try session { $0.emptyFrames = FrameRate(50, perSecond: 1) }
      var rest = flood[...]
      while !rest.isEmpty {
        try session.receive(Array(rest.prefix(size)).span, now: 1_000)
        rest = rest.dropFirst(size)
      }
      #expect(session.fault == .emptyFrames, "pieces of \(size)")
    }
  }

  @Test func `what is still on its way is a head or a body`() throws {
    let session = Session(role: .server, settings: Settings(), pool: StreamPool { Stream() })
    #expect(session.partialInput.head, "the preface")
    try session.receive((Self.preface + Self.settings).span)
    #expect(!session.partialInput.head && !session.partialInput.body)
    let request = Self.request(1, ends: false)
    try session.receive(Array(request.prefix(5)).span)
    #expect(session.partialInput.head)
    try session.receive(Array(request.dropFirst(5)).span)
    #expect(!session.partialInput.head)
    let data = Array(Self.frame(0, id: 1, [1, 2, 3]).dropLast())
    try session.receive(data.span)
    #expect(session.partialInput.body && !session.partialInput.head)
    try session.receive(([3] + Self.frame(1, flags: 0, id: 3, [0x82])).span)
    #expect(session.partialInput.head, "a header block goes on in CONTINUATION")
  }

  // MARK: Heads that cannot be sent

  @Test func `a head that is too large to send resets its stream and is counted`() throws {
    let session = try session()
    try session.receive((Self.request(1) + Self.request(3)).span)
    let (first, second) = (session.open[0], session.open[1])
    session.respond(first, Headers([(":status", "200"), ("x", String(repeating: "v", count: 70_000))]))
    session.respond(second, Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    #expect(session.unsendableCount == 1 && session.open.isEmpty && session.unsentBytes == 0)
  }
}

@Suite struct TokenBucketTests {
  @Test func `a bucket gives its burst at once and its rate after that`() {
    var bucket = TokenBucket(FrameRate(10, perSecond: 2))
    func taken(_ times: Int, now: Int) -> Int {
      var count = 0
      for _ in 0..<times where bucket.take(now: now) { count += 1 }
      return count
    }
    #expect(taken(15, now: 100) == 10)
    #expect(taken(3, now: 599) == 0)
    #expect(taken(3, now: 600) == 1)
    #expect(taken(15, now: 1_000_000) == 10)
    #expect(taken(3, now: 0) == 0, "a clock that goes back gives nothing")
    bucket.add(3)
    #expect(taken(15, now: 0) == 3)
  }
}
