/// The limits that one side of a connection sets for the other.
package struct Settings: Hashable, Sendable {
  /// Streams that the peer may have open at once.
  package var maxConcurrentStreams: UInt32 = 1_024
  /// Bytes of one header block (RFC 9113 section 6.5.2: names, values and 32 a field); more is told by
  /// `HeaderBlock.isTooLarge`.
  package var maxHeaderListSize: UInt32 = 16_384
  /// Bytes that the peer may send on one stream before they are consumed.
  package var initialWindowSize: UInt32 = 65_535
  /// Bytes that the peer may send on the connection before they are read.
  package var connectionWindowSize: Int32 = 1_048_576
  /// Resets by the peer: a burst, and how many a second after it. nghttp2's own 1,000 and 33 would cut honest gRPC
  /// clients that cancel a lot.
  package var resetBurst: UInt64 = 10_000
  package var resetsPerSecond: UInt64 = 1_000

  package init() {}
}
