package import HTTP2

/// How a client connection behaves.
package struct ClientConfiguration: Sendable {
  package var connectTimeout = Duration.seconds(5)
  /// Bytes of one response message; more is RESOURCE_EXHAUSTED.
  package var maxMessageSize = 16_777_216
  package var http2: Settings = {
    var settings = Settings()
    settings.initialWindowSize = 1_048_576
    settings.connectionWindowSize = 4_194_304
    return settings
  }()
  /// Sent as `user-agent`.
  package var userAgent = "rollcall"

  package init() {}
}
