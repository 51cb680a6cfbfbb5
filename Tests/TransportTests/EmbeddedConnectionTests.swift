import HTTP
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// Connections on an event loop that runs only when the test lets it.
@Suite struct EmbeddedConnectionTests {
  private let core = ServerCore(
    configuration: ServerConfiguration(), services: [], responder: Mirror(gate: Gate()),
    logger: Logger(label: "test"))

  private func connect(_ channel: EmbeddedChannel, _ handler: any ChannelHandler) throws {
    try channel.pipeline.syncOperations.addHandler(handler)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
  }

  @Test func `a request that waits for its turn when the shutdown begins is answered over HTTP/1.1`() throws {
    let channel = EmbeddedChannel()
    let loop = LoopState(eventLoop: channel.embeddedEventLoop)
    try connect(
      channel, ProtocolSniffer(core: core, loop: loop, admission: Admission(peer: .unknown)))
    loop.turnEnd = .now()
    try channel.writeInbound(ByteBuffer(string: "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"))
    loop.shutDown()
    #expect(channel.isActive)
    // A slow machine needs more than one turn.
    for _ in 0..<100 where channel.isActive { channel.embeddedEventLoop.advanceTime(by: LoopState.pause) }
    var text = ""
    while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("connection: close\r\n"))
    #expect(text.hasSuffix("\r\n\r\nGET /a - 0"))
    #expect(!channel.isActive)
    #expect(try channel.finish(acceptAlreadyClosed: true).isClean && loop.connectionCount == 0)
  }

  @Test(arguments: ["GET /a HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
  func `a connection whose protocol is known gives its place once`(start: String) throws {
    let channel = EmbeddedChannel()
    let loop = LoopState(eventLoop: channel.embeddedEventLoop)
    let sniffer = ProtocolSniffer(core: core, loop: loop, admission: Admission(peer: .unknown))
    try connect(channel, sniffer)
    #expect(sniffer.idleSince != nil)
    try channel.writeInbound(ByteBuffer(string: start))
    channel.embeddedEventLoop.run()
    #expect(sniffer.idleSince == nil && loop.connections.values.compactMap(\.idleSince).count == 1)
    #expect(loop.makeRoom(.at(.usual), for: .unknown, core.connections) && !channel.isActive)
    #expect(!loop.makeRoom(.at(.usual), for: .unknown, core.connections))
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test func `a connection over HTTP/2 is freed when it has closed`() throws {
    weak var freed: HTTP2ServerHandler?
    let channel = EmbeddedChannel()
    let loop = LoopState(eventLoop: channel.embeddedEventLoop)
    do {
      let life = ConnectionLife(core.configuration.http2LifeLimits(.usual), now: .now)
      let handler = HTTP2ServerHandler(core: core, loop: loop, admission: Admission(peer: .unknown), life: life)
      freed = handler
      try connect(channel, handler)
    }
    #expect(freed != nil)
    _ = try channel.finish()
    #expect(freed == nil && loop.connectionCount == 0)
  }
}
