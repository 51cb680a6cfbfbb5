import HTTP2

/// Streams whose answer is complete while the client still sends (RFC 9113 section 8.1).
///
/// The server resets each of them after it has sent the answer: nghttp2 would drop an answer that waits behind a reset.
struct AnsweredStreams {
  private var streams: [ServerStream] = []

  mutating func add(_ stream: ServerStream) {
    streams.append(stream)
  }

  mutating func remove(_ stream: ServerStream) {
    if !streams.isEmpty { streams.removeAll { $0 === stream } }
  }

  /// Removes and returns the streams whose answer is sent.
  mutating func takeSent() -> [ServerStream] {
    guard !streams.isEmpty else { return [] }
    let sent = streams.filter { $0.outgoingByteCount == 0 }
    streams.removeAll { $0.outgoingByteCount == 0 }
    return sent
  }
}
