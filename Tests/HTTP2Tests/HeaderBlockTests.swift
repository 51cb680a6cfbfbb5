import TestKit
import Testing

@testable import HTTP2

/// Header blocks of a client that are too large, and heads of the server that are too large to send.
@Suite struct HeaderBlockTests {
  @Test func `a header block that is long as sent ends the connection`() throws {
    let session = try openedSession { $0.headerBlockBytes = 1_000 }
    try session.receive(ClientFrame.frame(1, flags: 1, id: 1, [UInt8](repeating: 0x82, count: 500)))
    #expect(session.fault == nil)
    try session.receive(ClientFrame.frame(9, id: 1, [UInt8](repeating: 0x82, count: 600)))
    #expect(session.fault == .headerBlock)
  }

  @Test func `a field that HPACK repeats far beyond the limit resets the stream and not the connection`() throws {
    let session = try openedSession()
    // One literal field of 3,000 bytes into the dynamic table (entry 62), then references to it.
    let name = [0x40, 1, 0x78] as [UInt8]
    let value = [0x7f, 0xb9, 0x16] + [UInt8](repeating: 0x61, count: 3_000)
    let block = [0x82, 0x86, 0x84] + name + value + [UInt8](repeating: 0xbe, count: 1_000)
    try session.receive(ClientFrame.frame(1, flags: 5, id: 1, block))
    let sent = try session.pendingBytes()
    #expect(session.fault == nil && session.open.isEmpty)
    #expect(sent.count == 13 && sent[3] == 3, "RST_STREAM")
    try session.receive(ClientFrame.request(3))
    #expect(session.open.count == 1)
  }

  @Test func `a head that is too large to send resets its stream and is counted`() throws {
    let session = try openedSession()
    try session.receive(ClientFrame.request(1) + ClientFrame.request(3))
    let (first, second) = (session.open[0], session.open[1])
    session.respond(first, Headers([(":status", "200"), ("x", String(repeating: "v", count: 70_000))]))
    session.respond(second, Headers([(":status", "200")]), endStream: true)
    _ = try session.pendingBytes()
    #expect(session.unsendableCount == 1 && session.open.isEmpty && session.unsentBytes == 0)
  }
}
