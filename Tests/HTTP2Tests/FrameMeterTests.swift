import TestKit
import Testing

@testable import HTTP2

/// Floods of frames, each by itself, against a session that needs no socket.
@Suite struct FrameMeterTests {
  /// The number of times that a session takes `bytes`, at `perSecond`, before it ends.
  private func count(
    of bytes: [UInt8], perSecond: Int, most: Int, _ session: Session
  ) throws -> Int {
    for number in 0..<most {
      try session.receive(bytes, now: 1_000 + number * 1_000 / perSecond)
      if session.fault != nil { return number }
      _ = try session.pendingBytes()
    }
    return most
  }

  private static let floods: [(bytes: [UInt8], fault: PeerFault)] = [
    (ClientFrame.frame(4, [0, 3, 0, 0, 0, 1]), .settings), (ClientFrame.frame(2, id: 1, [0, 0, 0, 0, 1]), .priorities),
    (ClientFrame.frame(0x10, [0, 0, 0, 1, 0x75]), .priorities), (ClientFrame.frame(0xee, [1]), .emptyFrames),
    (ClientFrame.frame(8, [0, 0, 0, 1]), .windowUpdates),
  ]

  @Test(arguments: floods.indices) func `a flood of frames ends the connection and names its kind`(index: Int) throws {
    let (bytes, fault) = Self.floods[index]
    let session = try openedSession {
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
    let session = try openedSession {
      $0.settings = FrameRate(50, perSecond: 10)
      $0.priorities = FrameRate(50, perSecond: 10)
      $0.emptyFrames = FrameRate(50, perSecond: 10)
      $0.windowUpdates = FrameRate(50, perSecond: 10)
    }
    #expect(try count(of: Self.floods[index].bytes, perSecond: 9, most: 2_000, session) == 2_000)
  }

  @Test func `empty DATA frames on an open stream are a flood`() throws {
    let session = try openedSession { $0.emptyFrames = FrameRate(50, perSecond: 10) }
    try session.receive(ClientFrame.request(1, ends: false), now: 1_000)
    #expect(try count(of: ClientFrame.frame(0, id: 1), perSecond: 10_000, most: 1_000, session) < 60)
    #expect(session.fault == .emptyFrames)
  }

  // MARK: Pings

  @Test func `the third ping that comes too early without an answer between ends the connection`() throws {
    let session = try openedSession()
    for (number, now) in [0, 1_000, 2_000].enumerated() {
      try session.receive(ClientFrame.ping, now: 10_000 + now)
      #expect(session.fault == nil, "ping \(number)")
    }
    try session.receive(ClientFrame.ping, now: 13_000)
    #expect(session.fault == .frequentPings)
    #expect(String(decoding: try session.pendingBytes(), as: UTF8.self).contains("too_many_pings"))
  }

  @Test func `pings at the allowed pause go on for ever`() throws {
    let session = try openedSession()
    for number in 0..<1_000 {
      try session.receive(ClientFrame.ping, now: number * 5_000)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == nil && session.signsOfLife == 1_000)
  }

  @Test func `pings between answers do not count as too early`() throws {
    let session = try openedSession()
    for number in 0..<100 {
      try session.receive(ClientFrame.request(UInt8(number * 2 + 1)), now: 1_000 + number)
      let stream = try #require(session.open.first)
      session.respond(stream, Headers([(":status", "200")]), endStream: true)
      _ = try session.pendingBytes()
      try session.receive(ClientFrame.ping, now: 1_000 + number)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == nil)
  }

  // MARK: Resets

  @Test func `rapid resets end the connection`() throws {
    let session = try openedSession { $0.resets = FrameRate(50, perSecond: 10) }
    for number in 0..<50 {
      let id = UInt8(number * 2 + 1)
      try session.receive(ClientFrame.request(id) + ClientFrame.frame(3, id: id, [0, 0, 0, 8]), now: 1_000)
      #expect(session.fault == nil)
    }
    try session.receive(ClientFrame.request(101) + ClientFrame.frame(3, id: 101, [0, 0, 0, 8]), now: 1_000)
    #expect(session.fault == .resets)
  }

  @Test func `a client that makes the server reset its streams is ended`() throws {
    let session = try openedSession { $0.streamErrors = FrameRate(20, perSecond: 1) }
    for number in 0..<60 where session.fault == nil {
      let id = UInt8(number * 2 + 1)
      // The window of the stream overflows (RFC 9113 section 6.9.1): a stream error.
      let overflow = ClientFrame.frame(8, id: id, [0x7f, 0xff, 0xff, 0xff])
      try session.receive(ClientFrame.request(id) + overflow, now: 1_000)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == .streamErrors)
  }

  @Test func `a peer that reads nothing cannot make frames queue without end`() throws {
    let session = try openedSession { $0.queuedFrames = 200 }
    var sent = 0
    while session.fault == nil, sent < 10_000 {
      // An answer to each of these waits, and nothing is ever taken.
      try session.receive(ClientFrame.frame(6, [1, 2, 3, 4, 5, 6, 7, UInt8(sent & 255)]), now: sent * 6_000)
      sent += 1
    }
    #expect(session.fault == .queuedFrames && sent < 250)
  }

  // MARK: Pieces

  @Test func `a flood in pieces of any size is found as in one piece`() throws {
    let flood = Array(repeatElement(ClientFrame.frame(0xee, [1, 2, 3]), count: 80).joined())
    for size in 1...23 {
      let session = try openedSession { $0.emptyFrames = FrameRate(50, perSecond: 1) }
      var rest = flood[...]
      while !rest.isEmpty {
        try session.receive(Array(rest.prefix(size)), now: 1_000)
        rest = rest.dropFirst(size)
      }
      #expect(session.fault == .emptyFrames, "pieces of \(size)")
    }
  }

  @Test func `what is still on its way is a head or a body`() throws {
    let session = Session(role: .server, settings: Settings(), pool: StreamPool { Stream() })
    #expect(session.partialInput.head, "the preface")
    try session.receive(ClientFrame.preface + ClientFrame.settings)
    #expect(!session.partialInput.head && !session.partialInput.body)
    let request = ClientFrame.request(1, ends: false)
    try session.receive(Array(request.prefix(5)))
    #expect(session.partialInput.head)
    try session.receive(Array(request.dropFirst(5)))
    #expect(!session.partialInput.head)
    let data = Array(ClientFrame.frame(0, id: 1, [1, 2, 3]).dropLast())
    try session.receive(data)
    #expect(session.partialInput.body && !session.partialInput.head)
    try session.receive([3] + ClientFrame.frame(1, flags: 0, id: 3, [0x82]))
    #expect(session.partialInput.head, "a header block goes on in CONTINUATION")
  }

}
