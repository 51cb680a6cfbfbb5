import TestKit
import Testing

@testable import HTTP2

/// Frames of a client, byte by byte.
enum ClientFrame {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  /// Empty SETTINGS.
  static let settings = frame(4)
  static let ping = frame(6, [1, 2, 3, 4, 5, 6, 7, 8])

  /// The bytes of a frame.
  static func frame(_ type: UInt8, flags: UInt8 = 0, id: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let length = payload.count
    return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags, 0, 0, 0, id] + payload
  }

  /// A whole GET request on a stream; every field is in HPACK's static table.
  static func request(_ id: UInt8, ends: Bool = true) -> [UInt8] {
    frame(1, flags: ends ? 5 : 4, id: id, [0x82, 0x86, 0x84, 0x41, 1, 0x61])
  }
}

/// A server's session after the client's preface and SETTINGS, without a socket.
func openedSession(streams: UInt32 = 1_024, _ change: (inout FrameLimits) -> Void = { _ in }) throws -> Session {
  var settings = Settings()
  settings.maxConcurrentStreams = streams
  change(&settings.frames)
  let session = Session(role: .server, settings: settings, pool: StreamPool { Stream() })
  try session.receive(ClientFrame.preface + ClientFrame.settings)
  _ = try session.pendingBytes()
  return session
}

extension Session {
  func receive(_ bytes: [UInt8], now: Int = 0) throws(SessionError) {
    try receive(bytes.span, now: now)
  }
}
