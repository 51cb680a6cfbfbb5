import HTTP
import HTTP2

/// The limits that closed connections count for.
extension PeerFault {
  var limit: Limit {
    switch self {
    case .pings: .pings
    case .frequentPings: .pingInterval
    case .settings: .settings
    case .priorities: .priorities
    case .emptyFrames: .emptyFrames
    case .windowUpdates: .windowUpdates
    case .resets: .resets
    case .streamErrors, .closedStream: .streamErrors
    case .refusedStreams: .refusedStreams
    case .queuedFrames: .queuedFrames
    case .headerBlock: .headerBytes
    }
  }
}

extension ConnectionLife.Reason {
  /// nil: the client meets none.
  var limit: Limit? {
    switch self {
    case .shutDown: nil
    case .openingTimedOut: .openingTime
    case .head: .headTime
    case .body: .bodyTime
    case .stalled: .stallTime
    case .unanswered: .keepaliveTimeout
    case .lingered: .lingerTime
    }
  }
}
