import Dispatch
import GRPC
import HTTP
import HTTP2
import HTTPTypes
import NIOCore

/// The state that the connections of one event loop share: the output buffer, the fixed headers, and the list of
/// connections.
final class LoopState {
  /// The bytes that one round of sending may fill. The loop has one such buffer, since a buffer per connection would
  /// cost each connection as much.
  static let outputSize = 262_144
  private static let preparedLimit = 16

  let eventLoop: any EventLoop
  var output: ByteBuffer
  let grpcHead = Headers([(":status", "200"), ("content-type", "application/grpc")], constant: true)
  let okTrailers = Headers([("grpc-status", "0")], constant: true)
  /// Closed streams of all connections, for reuse.
  let streams = StreamPool { ServerStream() }
  var date = HTTPDate.now() {
    didSet { prepared.removeAll(keepingCapacity: true) }
  }
  private var prepared: [PreparedHeaders] = []
  /// Created at the first use, which has to be on the loop's thread.
  private(set) lazy var threadClock = ThreadClock()
  private(set) var connections: [ObjectIdentifier: any ServerConnection] = [:]
  /// Whether the server is shutting down; a connection that comes now joins the shutdown by itself.
  private(set) var isShuttingDown = false

  // The end of the present turn; nil before the turn has done any work.
  var turnEnd: NIODeadline?
  /// The steps that wait, in the order in which they run.
  var steps: [(connection: any ServerConnection, step: Step)] = []
  /// The number of steps that the running round still has; `nextRound` is the round after it, nil when none waits.
  var leftOfRound = 0
  var nextRound: Step?
  var isInTurn = false
  var isScheduled = false

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    output = ByteBufferAllocator().buffer(capacity: LoopState.outputSize)
  }

  /// A prepared head as nghttp2 needs it; the loop makes it anew every second, since it holds the date.
  func headers(_ head: PreparedHead) -> Headers {
    if let known = prepared.first(where: { $0.head === head }) { return known.headers }
    var fields = [(":status", String(head.status.code)), ("date", date)]
    for field in head.fields { fields.append((field.name.canonicalName, field.value)) }
    let headers = Headers(fields, constant: true)
    if prepared.count == Self.preparedLimit { prepared.removeFirst() }
    prepared.append(PreparedHeaders(head: head, headers: headers))
    return headers
  }

  func add(_ connection: any ServerConnection) {
    connections[ObjectIdentifier(connection)] = connection
  }

  func remove(_ connection: any ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  var connectionCount: Int { connections.count }

  func shutDown() {
    isShuttingDown = true
    for connection in Array(connections.values) { connection.shutDown() }
  }

  func abort() {
    for connection in Array(connections.values) { connection.abort() }
  }
}

private struct PreparedHeaders {
  let head: PreparedHead
  let headers: Headers
}

/// One connection of the server, of either protocol; confined to its event loop.
protocol ServerConnection: AnyObject {
  /// Goes on with the work that an earlier turn left.
  func goOn()
  /// Asks the streams that wait for a change again.
  func wake()
  /// Handles a new second: bookmarks, comments, and streams that stall.
  func tick(now: ContinuousClock.Instant)
  /// Refuses new requests, ends endless streams, and closes the connection when the rest is answered.
  func shutDown()
  /// Closes the connection now.
  func abort()
}
