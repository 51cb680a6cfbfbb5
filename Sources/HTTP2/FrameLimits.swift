/// The limits of the frames that a client may send on one connection; its requests have limits of their own.
package struct FrameLimits: Hashable, Sendable {
  package var pings = FrameRate(1_000, perSecond: 100)
  /// The least pause between two PINGs, in milliseconds, where nothing was sent to the client between them. The third
  /// that comes too early ends the connection (gRPC's keepalive guide).
  package var pingInterval = 5_000
  package var settings = FrameRate(100, perSecond: 10)
  package var priorities = FrameRate(10_000, perSecond: 1_000)
  /// Frames without content, and frames of unknown types.
  package var emptyFrames = FrameRate(1_000, perSecond: 100)
  /// Beside these, ten for each DATA frame that the server sends.
  package var windowUpdates = FrameRate(10_000, perSecond: 1_000)
  /// RST_STREAM frames of the client.
  package var resets = FrameRate(10_000, perSecond: 1_000)
  /// Streams that the server resets for an error of the client (CVE-2025-8671).
  package var streamErrors = FrameRate(1_000, perSecond: 100)
  /// Streams beyond the largest number of streams at once.
  package var refusedStreams = FrameRate(1_000, perSecond: 10)
  /// The number of frames that may wait to be sent.
  package var queuedFrames = 1_000
  /// The size of one header block as it is sent, in bytes: many times its decoded limit may hide in it.
  package var headerBlockBytes = 65_536

  package init() {}
}

/// The reason that a session ends because its peer breaks a rule.
package enum PeerFault: Hashable, Sendable {
  case pings
  /// The client pings more often than the pause between pings allows.
  case frequentPings
  case settings
  case priorities
  case emptyFrames
  case windowUpdates
  case resets
  case streamErrors
  case refusedStreams
  case queuedFrames
  case headerBlock
  /// A frame that only an open stream may have came on a closed stream (RFC 9113 section 5.1).
  case closedStream

  /// The error code of the GOAWAY.
  package var code: ErrorCode { self == .closedStream ? .streamClosed : .enhanceYourCalm }

  /// The debug data of the GOAWAY. gRPC's clients know `too_many_pings`, and ping less often then.
  package var text: String {
    switch self {
    case .pings, .frequentPings: "too_many_pings"
    case .settings: "too_many_settings"
    case .priorities: "too_many_priorities"
    case .emptyFrames: "too_many_empty_frames"
    case .windowUpdates: "too_many_window_updates"
    case .resets: "too_many_resets"
    case .streamErrors: "too_many_stream_errors"
    case .refusedStreams: "too_many_refused_streams"
    case .queuedFrames: "too_many_queued_frames"
    case .headerBlock: "header_block_too_large"
    case .closedStream: "frame_on_closed_stream"
    }
  }
}
