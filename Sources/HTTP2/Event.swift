/// An action of the peer, in the order of arrival.
package enum Event {
  /// A whole header block came: a request's on the server, a response's (also an informational one's) on the client.
  case head(Stream)
  /// Bytes were appended to `stream.received`.
  case data(Stream)
  /// The peer sends no more on this stream, and its last bytes may have come with it; on the client `stream.trailers` may have come with it.
  case end(Stream)
  /// The stream is over, both ways. The session has let go of it: submit nothing more.
  case closed(Stream, ErrorCode)
  /// The peer accepts no stream after `lastStreamID`.
  case goAway(lastStreamID: Int32, ErrorCode)
}
