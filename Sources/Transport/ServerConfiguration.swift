package import HTTP
import HTTP2
import NIOCore
package import TLS

/// The address of a server, and the limits of each of its connections.
package struct ServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// The TCP port; 0 lets the system choose a free port.
  package var port = 8080
  /// Whether the server listens there, without TLS.
  package var listensInClear = true
  /// Where the server listens for TLS; nil: nowhere.
  package var secured: SecuredAddress?
  /// The number of event loops; each serves its own connections.
  package var threads = System.coreCount
  /// Whether a timer of a millisecond on each event loop measures how long the loop is held up, for diagnosis at
  /// `/metrics`.
  package var measuresLoops = false
  package var limits = Limits()
  /// Addresses to which the limits of one peer do not apply, because many clients share them.
  package var trustedProxies: [AddressRange] = []
  /// Addresses whose connections have to begin with a PROXY header, which names the client.
  package var proxyProtocol: [AddressRange] = []

  package init() {}
}

/// An address at which a server speaks TLS.
package struct SecuredAddress: Sendable {
  package var host: String
  /// The TCP port; 0 lets the system choose a free port.
  package var port: Int
  package var certificates: ServerCertificates

  package init(host: String, port: Int, certificates: ServerCertificates) {
    self.host = host
    self.port = port
    self.certificates = certificates
  }
}

extension ServerConfiguration {
  /// The TLS handshakes that may be under way on one event loop.
  var handshakesPerLoop: Int { max(limits[.handshakes] / max(threads, 1), 1) }

  var http2: Settings {
    var settings = Settings()
    settings.maxConcurrentStreams = UInt32(clamping: limits[.streams])
    settings.maxHeaderListSize = UInt32(clamping: limits[.headerBytes])
    settings.maxHeaderFields = limits[.headerFields]
    func rate(_ burst: Limit, _ perSecond: Limit) -> FrameRate {
      FrameRate(limits[burst], perSecond: limits[perSecond])
    }
    settings.frames.pings = rate(.pings, .pingRate)
    settings.frames.pingInterval = limits[.pingInterval]
    settings.frames.settings = rate(.settings, .settingsRate)
    settings.frames.priorities = rate(.priorities, .priorityRate)
    settings.frames.emptyFrames = rate(.emptyFrames, .emptyFrameRate)
    settings.frames.windowUpdates = rate(.windowUpdates, .windowUpdateRate)
    settings.frames.resets = rate(.resets, .resetRate)
    settings.frames.streamErrors = rate(.streamErrors, .streamErrorRate)
    settings.frames.refusedStreams = rate(.refusedStreams, .refusedStreamRate)
    settings.frames.queuedFrames = limits[.queuedFrames]
    // HAProxy's checks over HTTP/2 have no authority unless their configuration names one.
    settings.pathsWithoutAuthority = HealthPaths.all.map { Array($0.utf8) }
    settings.frames.headerBlockBytes = 4 * limits[.headerBytes]
    return settings
  }

  /// Whether connections from an address have to begin with a PROXY header.
  func isProxy(_ address: SocketAddress) -> Bool {
    !proxyProtocol.isEmpty && proxyProtocol.contains { $0.contains(address.ipAddress ?? "") }
  }

  /// The limits of an HTTP/1.1 connection, which refuses further requests in an answer (`Connection: close`).
  func lifeLimits(_ place: ConnectionTable.Place) -> ConnectionLimits {
    var life = ConnectionLimits(opening: limits.duration(.openingTime), linger: limits.duration(.lingerTime))
    life.head = limits.duration(.headTime)
    life.body = RateWindow.Least(window: limits[.bodyTime], bytesPerSecond: limits[.bodyRate])
    life.read = RateWindow.Least(window: limits[.stallTime], bytesPerSecond: limits[.readRate])
    life.idle = limits.duration(.idleTime)
    life.age = limits[.maxAge] == 0 ? nil : limits.duration(.maxAge)
    life.ageGrace = limits.duration(.maxAgeGrace)
    if place == .reserved {
      life.opening = min(life.opening, .seconds(2))
      life.head = min(life.head, .seconds(2))
      life.idle = .seconds(1)
    }
    return life
  }

  /// The limits of an HTTP/2 connection, which refuses further requests in a frame. It accepts the streams that the
  /// client opened before the first GOAWAY.
  func http2LifeLimits(_ place: ConnectionTable.Place) -> ConnectionLimits {
    var life = lifeLimits(place)
    life.notice = .milliseconds(100)
    life.keepalive = limits.duration(.keepaliveTime)
    life.keepaliveTimeout = limits.duration(.keepaliveTimeout)
    return life
  }
}
