/// An action of the peer, in the order of arrival.
package enum Event {
  /// A whole header block arrived: a request's on the server, or a response's on the client, also an informational
  /// response's.
  case head(Stream)
  /// Bytes were appended to `stream.received`.
  case data(Stream)
  /// The peer ended this stream, perhaps together with its last bytes. On the client, the stream now has its `trailers`
  /// if there are any.
  case end(Stream)
  /// The stream ended in both directions. The session no longer holds it, so the caller must submit nothing more.
  case closed(Stream, ErrorCode)
  /// The peer accepts no streams after `lastStreamID`.
  case goAway(lastStreamID: Int32, ErrorCode)
}
