/// The limits that one side of a connection sets for the other.
package struct Settings: Hashable, Sendable {
  /// The number of streams that the peer may have open at once.
  package var maxConcurrentStreams: UInt32 = 1_024
  /// The largest size of a header block in bytes (RFC 9113 section 6.5.2: names, values and 32 bytes a field).
  /// `HeaderBlock.isTooLarge` reports a larger block.
  package var maxHeaderListSize: UInt32 = 16_384
  /// The number of bytes that the peer may send on one stream before the application consumes them.
  package var initialWindowSize: UInt32 = 65_535
  /// The number of bytes that the peer may send on the connection before the session reads them.
  package var connectionWindowSize: Int32 = 1_048_576
  /// The largest number of fields of a header block.
  package var maxHeaderFields = 256
  /// Paths of requests that may come without an authority, as health checks of some proxies do, in bytes and without a
  /// query; any other request without one is malformed (RFC 9113 section 8.3.1). Empty: no request may.
  package var pathsWithoutAuthority: [[UInt8]] = []
  /// The limits of a client's frames; a client's own session has none for its server.
  package var frames = FrameLimits()

  package init() {}
}
