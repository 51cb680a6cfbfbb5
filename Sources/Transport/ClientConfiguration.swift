package import HTTP
package import HTTP2

/// The settings of a client connection.
package struct ClientConfiguration: Sendable {
  /// The longest time for a connection, and for the handshake of TLS on it.
  package var connectTimeout = Duration.seconds(5)
  /// How the server's certificate is checked; nil: the connection is in the clear.
  package var tls: ClientTLS?
  /// The largest response message, in bytes; a larger message ends the call with RESOURCE_EXHAUSTED.
  package var maxMessageSize = 16_777_216
  var keepalive = ClientKeepalive.Times()
  package var http2: Settings = {
    var settings = Settings()
    settings.initialWindowSize = 1_048_576
    settings.connectionWindowSize = 4_194_304
    return settings
  }()
  /// The value of the `user-agent` field.
  package var userAgent = "rollcall"

  package init() {}
}
