package import HTTP
import HTTP2
import NIOCore

/// The address of a server, and the limits of each of its connections.
package struct ServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// The TCP port; 0 lets the system choose a free port.
  package var port = 8080
  /// The number of event loops; each serves its own connections.
  package var threads = System.coreCount
  /// Whether a timer of a millisecond on each event loop measures how long the loop is held up, for diagnosis at
  /// `/metrics`.
  package var measuresLoops = false
  package var limits = Limits()
  /// Addresses to which the limits of one peer do not apply, because many clients share them.
  package var trustedProxies: [AddressRange] = []

  package init() {}
}

extension ServerConfiguration {
  var http2: Settings {
    var settings = Settings()
    settings.maxConcurrentStreams = UInt32(clamping: limits[.streams])
    settings.maxHeaderListSize = UInt32(clamping: limits[.headerBytes])
    settings.resetBurst = UInt64(clamping: limits[.resets])
    settings.resetsPerSecond = UInt64(clamping: limits[.resetRate])
    return settings
  }

  /// The limits of an HTTP/1.1 connection, which refuses further requests in an answer (`Connection: close`).
  var lifeLimits: ConnectionLife.Limits {
    ConnectionLife.Limits(
      opening: limits.duration(.openingTime), stall: limits.duration(.stallTime), linger: limits.duration(.lingerTime))
  }

  /// The limits of an HTTP/2 connection, which refuses further requests in a frame. It accepts the streams that the
  /// client opened before the first GOAWAY.
  var http2LifeLimits: ConnectionLife.Limits {
    var limits = lifeLimits
    limits.notice = .milliseconds(100)
    return limits
  }
}
