import Dispatch
import GRPC
import HTTP
import HTTP2
import HTTPTypes
import Logging
import NIOCore

/// The state that the connections of one event loop share: the output buffer, the fixed headers, and the list of
/// connections.
final class LoopState {
  /// The bytes that one round of sending may fill. The loop has one such buffer, since a buffer per connection would
  /// cost each connection as much.
  static let outputSize = 262_144
  /// The size of the buffer for connections that have not shown yet how fast they take bytes: the kernel may take none of
  /// it.
  private static let smallOutputSize = 65_536
  private static let preparedLimit = 16
  private static let mostShed = 8
  static let gaveWay: Logger.Message = "connection closed: idle for the longest time, it gives way to another"

  let eventLoop: any EventLoop
  private var output: ByteBuffer
  private var smallOutput: ByteBuffer
  /// The idle connections that may give way, of all peers (nil) at each kind of place, and of each peer at its limit.
  private var idleConnections: [IdleKey: IdleConnections] = [:]
  private var lastShed = NIODeadline.uptimeNanoseconds(0)
  let grpcHead = Headers(ServerStream.headFields(.identity), constant: true)
  let grpcGzipHead = Headers(ServerStream.headFields(.gzip), constant: true)
  let okTrailers = Headers([("grpc-status", "0")], constant: true)
  /// Closed streams of all connections, for reuse.
  let streams = StreamPool { ServerStream() }
  var date = HTTPDate.now() {
    didSet {
      prepared.removeAll(keepingCapacity: true)
      if !idleConnections.isEmpty { idleConnections.removeAll() }
    }
  }
  private var prepared: [PreparedHeaders] = []
  /// Created at the first use, which has to be on the loop's thread.
  private(set) lazy var threadClock = ThreadClock()
  private(set) var connections: [ObjectIdentifier: any ServerConnection] = [:]
  let handshakes = LoopHandshakes()
  /// Whether the server is shutting down; a connection that comes now joins the shutdown by itself.
  private(set) var isShuttingDown = false

  // The end of the present turn; nil before the turn has done any work.
  var turnEnd: NIODeadline? {
    didSet { if let turnEnd { turnMilliseconds = Self.milliseconds(turnEnd) } }
  }
  /// The end of the present turn, or of the last one, in milliseconds.
  private(set) var turnMilliseconds = 0
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
    smallOutput = ByteBufferAllocator().buffer(capacity: LoopState.smallOutputSize)
  }

  /// A buffer with what `body` appends.
  func fill(
    isLarge: Bool, _ body: (inout OutputRawSpan) throws(SessionError) -> Void
  ) throws(SessionError) -> ByteBuffer {
    if isLarge {
      output.clear()
      try output.writeWithOutputRawSpan(minimumWritableBytes: Self.outputSize, initializingWith: body)
      return output
    }
    smallOutput.clear()
    try smallOutput.writeWithOutputRawSpan(minimumWritableBytes: Self.smallOutputSize, initializingWith: body)
    return smallOutput
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

  /// Closes an idle connection of `room` for a new connection of `newcomer`. Returns false when none may give way.
  func makeRoom(_ room: ConnectionTable.Room, for newcomer: Peer, _ table: ConnectionTable) -> Bool {
    let key: IdleKey
    switch room {
    case .at(let place): key = IdleKey(place: place)
    case .ofPeer: key = IdleKey(peer: newcomer.id)
    }
    let new = IdleConnections.Newcomer(now: milliseconds, held: table.count(of: newcomer))
    // A look at all connections may cost a few hundredths of the time.
    let none = IdleConnections(pause: min(connections.count / 64, 10))
    return idleConnections[key, default: none].makeRoom(for: new, held: table.count) {
      connections.values.compactMap { connection in
        guard key.has(connection), let since = connection.idleSince else { return nil }
        return (since, connection)
      }
    }
  }

  /// Closes the connections that hold the most memory of those that read slowly, and far beyond the budget of all, until
  /// the budget holds. It does so at most every 5 ms, and closes few at once: meanwhile requests wait.
  func shed(_ budget: MemoryBudget) {
    let now = NIODeadline.now()
    guard now - lastShed > .milliseconds(5) else { return }
    lastShed = now
    let costly = connections.values.filter { $0.memory > 0 && ($0.isSlow || budget.isFarOver) }
    // A connection that is shed holds nothing any more.
    for _ in 0..<Self.mostShed where budget.isSpent { costly.max { $0.memory < $1.memory }?.shed() }
  }

  func shutDown() {
    isShuttingDown = true
    for connection in Array(connections.values) { connection.shutDown() }
  }

  func abort() {
    for connection in Array(connections.values) { connection.abort() }
  }
}

/// A kind of connections of which an idle one may give way.
private struct IdleKey: Hashable {
  /// The only peer; nil: all.
  var peer: UInt64?
  var place = ConnectionTable.Place.usual

  func has(_ connection: any ServerConnection) -> Bool {
    connection.place == place && (peer == nil || connection.peer.id == peer)
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

  var peer: Peer { get }
  var place: ConnectionTable.Place { get }
  /// The time since which the connection has no request, by the loop's milliseconds; nil while it has one or is ending.
  var idleSince: Int? { get }
  /// Whether the connection has had no request yet.
  var isNew: Bool { get }
  /// The bytes that count against the memory of all connections.
  var memory: Int { get }
  /// Whether bytes wait for the peer, and it took few of them in the last second.
  var isSlow: Bool { get }
  /// Closes an idle connection at once.
  func makeRoom()
  /// Closes the connection at once, because it holds too much memory.
  func shed()
}
