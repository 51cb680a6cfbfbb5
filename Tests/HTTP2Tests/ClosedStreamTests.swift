import TestKit
import Testing

@testable import HTTP2

/// Frames on streams that have ended (RFC 9113 section 5.1), and streams beyond the limit (section 5.1.2).
@Suite struct ClosedStreamTests {
  /// A session whose stream 1 is answered and closed.
  private func answered() throws -> Session {
    let session = try openedSession()
    try session.receive(ClientFrame.request(1))
    session.respond(try #require(session.open.first), Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    #expect(session.open.isEmpty)
    return session
  }

  private static let late = [
    ClientFrame.frame(0, flags: 1, id: 1, [1, 2, 3]), ClientFrame.request(1), ClientFrame.frame(0, id: 1, []),
  ]

  @Test(arguments: late.indices)
  func `a frame on a stream that both sides have ended is a connection error`(index: Int) throws {
    let session = try answered()
    let late = Self.late[index]
    try session.receive(late)
    #expect(session.fault == .closedStream)
    // GOAWAY with STREAM_CLOSED, after the header, the reserved bit and the last stream.
    #expect(Array(try session.pendingBytes().dropFirst(13).prefix(4)) == [0, 0, 0, 5])
  }

  @Test(arguments: late.indices) func `a frame after the client's own reset is a connection error`(index: Int) throws {
    let start = ClientFrame.request(1, ends: false) + ClientFrame.frame(3, id: 1, [0, 0, 0, 8])
    let late = Self.late[index]
    let apart = try openedSession()
    try apart.receive(start)
    try apart.receive(late)
    #expect(apart.fault == .closedStream)
    let together = try openedSession()
    try together.receive(start + late)
    #expect(together.fault == .closedStream)
  }

  @Test func `a client that resets a stream goes on with others`() throws {
    let session = try openedSession()
    for id: UInt8 in [1, 3, 5] {
      let data = ClientFrame.frame(0, id: id, [1])
      try session.receive(ClientFrame.request(id, ends: false) + data + ClientFrame.frame(3, id: id, [0, 0, 0, 8]))
    }
    try session.receive(ClientFrame.request(7))
    #expect(session.fault == nil && session.open.count == 1)
  }

  @Test func `a frame on a closed stream is found behind frames of open streams`() throws {
    let session = try openedSession()
    let requests = ClientFrame.request(1) + ClientFrame.request(3, ends: false) + ClientFrame.request(5, ends: false)
    try session.receive(requests)
    session.respond(session.open[0], Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    let good = ClientFrame.frame(0, id: 3, [1]) + ClientFrame.frame(0, id: 3, [2]) + ClientFrame.frame(0, id: 5, [3])
    try session.receive(good + ClientFrame.frame(0, id: 1, [4]) + ClientFrame.frame(0, id: 5, [5]))
    #expect(session.fault == .closedStream)
    #expect(session.open.map(\.receivedBytes).sorted() == [1, 2], "what came before the fault has arrived")
  }

  @Test(arguments: late.indices) func `frames on their way to a stream that the server reset are ignored`(
    index: Int
  ) throws {
    let session = try openedSession()
    try session.receive(ClientFrame.request(1, ends: false))
    session.reset(try #require(session.open.first), .cancel)
    _ = try session.pendingBytes()
    let late = Self.late[index]
    try session.receive(late)
    #expect(session.fault == nil)
    try session.receive(ClientFrame.request(3))
    #expect(session.open.count == 1, "the connection goes on")
  }

  @Test func `frames that may come on a closed stream do no harm`() throws {
    let session = try answered()
    let bytes =
      ClientFrame.frame(8, id: 1, [0, 0, 0, 9]) + ClientFrame.frame(3, id: 1, [0, 0, 0, 8])
      + ClientFrame.frame(2, id: 1, [0, 0, 0, 0, 9])
    try session.receive(bytes)
    #expect(session.fault == nil && !session.isFinished)
  }

  @Test func `frames of streams that a GOAWAY did not accept are ignored`() throws {
    let session = try openedSession()
    try session.receive(ClientFrame.request(1, ends: false))
    session.goAway(.noError)
    _ = try session.pendingBytes()
    try session.receive(ClientFrame.request(3, ends: false))
    let data = ClientFrame.frame(0, flags: 1, id: 3, [1])
    try session.receive(data)
    #expect(session.fault == nil && session.open.count == 1)
  }

  @Test func `a head with a priority may come in any pieces, with its body behind it`() throws {
    let head: [UInt8] = [0, 0, 0, 0, 16] + [0x82, 0x86, 0x84, 0x41, 1, 0x61]
    let bytes = ClientFrame.frame(1, flags: 0x24, id: 1, head) + ClientFrame.frame(0, flags: 1, id: 1, [1, 2])
    for cut in 0...bytes.count {
      let session = try openedSession()
      let (first, second) = (Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut)))
      try session.receive(first)
      try session.receive(second)
      #expect(session.fault == nil && session.open.first?.isRemoteClosed == true, "cut at \(cut)")
    }
  }

  // MARK: Streams beyond the limit

  /// The type, stream and error code of each RST_STREAM in `bytes`, which holds whole frames.
  private func resets(_ bytes: [UInt8]) -> [[UInt8]] {
    var (rest, found) = (bytes[...], [[UInt8]]())
    while rest.count >= 9 {
      let frame = Array(rest.prefix(9 + Int(rest[rest.startIndex + 2])))
      if frame[3] == 3 { found.append([frame[8], frame[12]]) }
      rest = rest.dropFirst(frame.count)
    }
    return found
  }

  @Test func `the first SETTINGS tell the client how many streams it may have`() throws {
    var settings = Settings()
    settings.maxConcurrentStreams = 0x01_02_03
    let pair = SessionPair(server: settings)
    let sent = try pair.server.pendingBytes()
    #expect(Array(sent[3..<15]) == [4, 0, 0, 0, 0, 0, 0, 3, 0, 1, 2, 3])
  }

  @Test(arguments: [false, true])
  func `a stream beyond the limit is refused, and the others of its connection go on`(acknowledges: Bool) throws {
    let session = try openedSession(streams: 2)
    if acknowledges { try session.receive(ClientFrame.frame(4, flags: 1)) }
    for id in [1, 3, 5, 7] as [UInt8] { try session.receive(ClientFrame.request(id, ends: false)) }
    #expect(session.open.count == 2 && session.refusedCount == 2)
    // The body of a refused request is on its way, and its reset is not.
    let body = ClientFrame.frame(0, flags: 1, id: 5, [1, 2, 3])
    try session.receive(body)
    #expect(session.fault == nil)
    #expect(resets(try session.pendingBytes()) == [[5, 7], [7, 7]], "REFUSED_STREAM")
    try session.receive(ClientFrame.frame(0, flags: 1, id: 7, [1, 2, 3]))
    try session.receive(ClientFrame.frame(0, flags: 1, id: 1, [1, 2, 3]))
    let first = try #require(session.open.first { $0.id == 1 })
    #expect(session.fault == nil && first.received.count == 3)
    session.respond(first, Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    try session.receive(ClientFrame.request(9))
    #expect(session.open.map(\.id).sorted() == [3, 9] && session.refusedCount == 2)
  }

  @Test func `a refused request leaves the table of header fields as the next one needs it`() throws {
    let session = try openedSession(streams: 1)
    try session.receive(ClientFrame.request(1))
    // A literal field that enters the table as entry 62, in a block of two frames.
    try session.receive(ClientFrame.frame(1, flags: 1, id: 3, [0x82, 0x86, 0x84, 0x40, 1]))
    try session.receive(ClientFrame.frame(9, flags: 4, id: 3, [0x78, 1, 0x79]))
    session.respond(try #require(session.open.first), Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    try session.receive(ClientFrame.frame(1, flags: 5, id: 5, [0x82, 0x86, 0x84, 0xbe]))
    #expect(session.open.first?.head.firstValue([0x78]) == [0x79] && session.refusedCount == 1)
  }

  @Test func `a client that does not stop to open streams beyond the limit is ended`() throws {
    let session = try openedSession(streams: 1) { $0.refusedStreams = FrameRate(20, perSecond: 1) }
    for id in 0..<100 where session.fault == nil {
      try session.receive(ClientFrame.request(UInt8(id * 2 + 1)), now: 1_000)
      _ = try session.pendingBytes()
    }
    #expect(session.fault == .refusedStreams && session.refusedCount == 21)
  }
}
