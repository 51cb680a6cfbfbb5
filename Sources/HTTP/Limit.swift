/// A limit that protects the server from its clients. The table of limits in the documents has the same rows.
package enum Limit: Int, CaseIterable, Hashable, Sendable {
  // Connections.
  case connections, connectionsPerPeer, reservedConnections
  // The life of a connection.
  case openingTime, handshakes, headTime, bodyTime, bodyRate, idleTime, stallTime, readRate, maxAge, maxAgeGrace
  case keepaliveTime, keepaliveTimeout, pingInterval, lingerTime
  // Requests.
  case streams, headerBytes, headerFields, messageBytes, bodyBytes, replyBytes
  case unfinishedBytes, unsentBytes, memory
  // Frames of one connection: at once, and per second after that.
  case queuedFrames, refusedStreams, refusedStreamRate, resets, resetRate, streamErrors, streamErrorRate
  case pings, pingRate, settings, settingsRate, priorities, priorityRate, emptyFrames, emptyFrameRate
  case windowUpdates, windowUpdateRate
  // Work.
  case watches, watchesPerPeer, watchesPerConnection, watchTextBytes
  case tasks, waitingTasks, tasksPerPeer, listsPerPeer

  /// The unit of a limit's value.
  package enum Unit: Hashable, Sendable {
    case count
    case bytes
    case milliseconds
    case perSecond
    case bytesPerSecond
  }

  /// The limit's row in the table.
  package struct Row: Hashable, Sendable {
    /// The name for `--limit`, the configuration file and metrics.
    package var name: String
    package var unit: Unit
    /// The default, in the limit's unit.
    package var standard: Int
    package var summary: String

    fileprivate init(_ name: String, _ unit: Unit, _ standard: Int, _ summary: String) {
      (self.name, self.unit, self.standard, self.summary) = (name, unit, standard, summary)
    }
  }

  package var name: String { row.name }

  package var row: Row {
    switch self {
    case .connections:
      Row("connections", .count, 10_000, "connections at once; fewer where the process may open fewer files")
    case .connectionsPerPeer: Row("connections-per-peer", .count, 2_500, "connections of one address")
    case .reservedConnections:
      Row("reserved-connections", .count, 32, "further connections, for health, metrics and the admin service")
    case .openingTime:
      Row("opening-time", .milliseconds, 10_000, "from a connection's start to its protocol and SETTINGS")
    case .handshakes: Row("handshakes", .count, 512, "TLS handshakes under way")
    case .headTime: Row("head-time", .milliseconds, 10_000, "from the first byte of a request to its whole head")
    case .bodyTime: Row("body-time", .milliseconds, 30_000, "the window over which `body-rate` holds")
    case .bodyRate: Row("body-rate", .bytesPerSecond, 1_024, "the least rate of an unfinished request")
    case .idleTime: Row("idle-time", .milliseconds, 300_000, "without a request and without a ping")
    case .stallTime: Row("stall-time", .milliseconds, 60_000, "the window over which `read-rate` holds")
    case .readRate: Row("read-rate", .bytesPerSecond, 1_024, "the least rate at which a peer takes an answer")
    case .maxAge: Row("max-age", .milliseconds, 0, "the age at which a connection is asked to go; 0: none")
    case .maxAgeGrace: Row("max-age-grace", .milliseconds, 60_000, "for the open requests of such a connection")
    case .keepaliveTime: Row("keepalive-time", .milliseconds, 60_000, "of silence before the server pings a client")
    case .keepaliveTimeout: Row("keepalive-timeout", .milliseconds, 20_000, "for the answer to that ping")
    case .pingInterval: Row("ping-interval", .milliseconds, 5_000, "between a client's pings without an answer between")
    case .lingerTime: Row("linger-time", .milliseconds, 2_000, "for the peer's end after the server's")
    case .streams: Row("streams", .count, 1_024, "streams at once on one connection")
    case .headerBytes: Row("header-bytes", .bytes, 16_384, "header fields of one request")
    case .headerFields: Row("header-fields", .count, 256, "the number of them")
    case .messageBytes: Row("message-bytes", .bytes, 4_194_304, "one request message (gRPC)")
    case .bodyBytes: Row("body-bytes", .bytes, 1_048_576, "one request body (REST)")
    case .replyBytes:
      Row("reply-bytes", .bytes, 67_108_864, "one gRPC reply, unless it is shared or made piece by piece")
    case .unfinishedBytes: Row("unfinished-bytes", .bytes, 8_388_608, "unfinished requests of one connection")
    case .unsentBytes: Row("unsent-bytes", .bytes, 1_048_576, "unsent answers of one connection that nothing shares")
    case .memory: Row("memory", .bytes, 33_554_432, "unsent answers and unfinished requests of all connections")
    case .queuedFrames: Row("queued-frames", .count, 1_000, "frames that wait for a peer to read")
    case .refusedStreams: Row("refused-streams", .count, 1_000, "streams beyond `streams`")
    case .refusedStreamRate: Row("refused-stream-rate", .perSecond, 10, "and after that")
    case .resets: Row("resets", .count, 10_000, "streams that the client resets")
    case .resetRate: Row("reset-rate", .perSecond, 1_000, "and after that")
    case .streamErrors: Row("stream-errors", .count, 1_000, "streams that the server resets for an error of the client")
    case .streamErrorRate: Row("stream-error-rate", .perSecond, 100, "and after that")
    case .pings: Row("pings", .count, 1_000, "PING frames")
    case .pingRate: Row("ping-rate", .perSecond, 100, "and after that")
    case .settings: Row("settings", .count, 100, "SETTINGS frames")
    case .settingsRate: Row("settings-rate", .perSecond, 10, "and after that")
    case .priorities: Row("priorities", .count, 10_000, "PRIORITY frames")
    case .priorityRate: Row("priority-rate", .perSecond, 1_000, "and after that")
    case .emptyFrames: Row("empty-frames", .count, 1_000, "frames without content, and of unknown types")
    case .emptyFrameRate: Row("empty-frame-rate", .perSecond, 100, "and after that")
    case .windowUpdates:
      Row("window-updates", .count, 10_000, "WINDOW_UPDATE frames, beside ten for each DATA frame sent")
    case .windowUpdateRate: Row("window-update-rate", .perSecond, 1_000, "and after that")
    case .watches: Row("watches", .count, 10_000, "watches at once, those of health too")
    case .watchesPerPeer: Row("watches-per-peer", .count, 2_500, "watches of one address")
    case .watchesPerConnection: Row("watches-per-connection", .count, 1_000, "watches of one connection")
    case .watchTextBytes: Row("watch-text-bytes", .bytes, 16_777_216, "filters and names that watches hold")
    case .tasks: Row("tasks", .count, 64, "answers in the making off the event loops")
    case .waitingTasks: Row("waiting-tasks", .count, 512, "answers that wait for their turn")
    case .tasksPerPeer: Row("tasks-per-peer", .count, 144, "both, of one address")
    case .listsPerPeer:
      Row("lists-per-peer", .count, 4, "lists by filter or order that wait to be made, of one address")
    }
  }
}

/// The values of all limits.
package struct Limits: Hashable, Sendable {
  private var values = Limit.allCases.map(\.row.standard)

  package init() {}

  /// The value of a limit, in its unit.
  package subscript(limit: Limit) -> Int {
    get { values[limit.rawValue] }
    set { values[limit.rawValue] = newValue }
  }

  /// The value of a limit in milliseconds.
  package func duration(_ limit: Limit) -> Duration { .milliseconds(self[limit]) }
}
