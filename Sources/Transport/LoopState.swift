import Dispatch
import GRPC
import HTTP
import HTTP2
import HTTPTypes
import NIOCore

/// The state that the connections of one event loop share: the output buffer, fixed headers, and their list.
final class LoopState {
  /// Bytes that one round of sending may fill; a buffer per connection would cost each of them as much.
  static let outputSize = 262_144
  private static let preparedLimit = 16

  let eventLoop: any EventLoop
  var output: ByteBuffer
  let grpcHead = Headers([(":status", "200"), ("content-type", "application/grpc")], constant: true)
  let okTrailers = Headers([("grpc-status", "0")], constant: true)
  /// Of closed streams of any connection.
  let streams = StreamPool { ServerStream() }
  var date = HTTPDate.now() {
    didSet { prepared.removeAll(keepingCapacity: true) }
  }
  private var prepared: [PreparedHeaders] = []
  /// Made when it is first asked, on the loop's thread.
  private(set) lazy var threadClock = ThreadClock()
  private(set) var connections: [ObjectIdentifier: any ServerConnection] = [:]
  private var isShuttingDown = false

  // Turns: when this one ends; nil while nothing was done in it.
  var turnEnd: NIODeadline?
  /// What is to do, the first of them first.
  var steps: [(connection: any ServerConnection, step: Step)] = []
  /// Steps of the round that is on its way; the round after it.
  var leftOfRound = 0
  var nextRound: Step?
  var isInTurn = false
  var isScheduled = false

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    output = ByteBufferAllocator().buffer(capacity: LoopState.outputSize)
  }

  /// A prepared head as nghttp2 wants it, made once a second.
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
    if isShuttingDown { connection.shutDown() }
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
  /// Something changed: streams that wait are asked again.
  func wake()
  /// A second went by: bookmarks, comments and stalls.
  func tick(now: ContinuousClock.Instant)
  /// Take no new requests, end the streams that would go on, close when the rest is answered.
  func shutDown()
  /// Close now.
  func abort()
}
