package import HTTP2

/// A client's and a server's session without a network: each session receives the bytes that the other sends.
package final class SessionPair {
  package let client: Session
  package let server: Session

  package init(client: Settings = Settings(), server: Settings = Settings()) {
    self.client = Session(role: .client, settings: client, pool: StreamPool { Stream() })
    self.server = Session(role: .server, settings: server, pool: StreamPool { Stream() })
  }

  /// Moves bytes both ways until neither side has any.
  package func exchange() throws {
    while true {
      let toServer = try client.pendingBytes()
      if !toServer.isEmpty { try server.receive(toServer.span) }
      let toClient = try server.pendingBytes()
      if !toClient.isEmpty { try client.receive(toClient.span) }
      if toServer.isEmpty && toClient.isEmpty { return }
    }
  }

  /// Opens a stream on the client with a path, `extra` fields and a body.
  package func request(_ path: String, body: [UInt8] = [], _ extra: [(String, String)] = []) -> Stream? {
    let fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test")] + extra
    guard let stream = client.request(Headers(fields)) else { return nil }
    client.send(body[...], on: stream)
    client.finish(stream)
    return stream
  }
}

extension Session {
  /// All bytes that the session has to send now.
  package func pendingBytes() throws(SessionError) -> [UInt8] {
    var all = [UInt8]()
    var filled = Fill.full
    while filled == .full {
      let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
      defer { unsafe room.deallocate() }
      var span = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
      filled = try fill(&span)
      let count = unsafe span.finalize(for: room)
      unsafe all.append(contentsOf: room.prefix(count))
    }
    return all
  }

  /// Takes the events since the last call.
  package func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }
}
