import Dispatch
import GRPC
import HTTP2
import NIOCore

/// What the connections of one event loop share: the output buffer, fixed headers, and the list of them.
final class LoopState {
  /// Bytes that one round of sending may fill; a buffer per connection would cost each of them as much.
  static let outputSize = 262_144

  let eventLoop: any EventLoop
  var output: ByteBuffer
  let grpcHead = Headers([(":status", "200"), ("content-type", "application/grpc")], constant: true)
  let okTrailers = Headers([("grpc-status", "0")], constant: true)
  private(set) var date = HTTPDate.now()
  private var connections: [ObjectIdentifier: any ServerConnection] = [:]
  private var isShuttingDown = false

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    output = ByteBufferAllocator().buffer(capacity: LoopState.outputSize)
  }

  func add(_ connection: any ServerConnection) {
    connections[ObjectIdentifier(connection)] = connection
    if isShuttingDown { connection.shutDown() }
  }

  func remove(_ connection: any ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  var connectionCount: Int { connections.count }

  /// Streams that wait look for news.
  func wake() {
    for connection in Array(connections.values) { connection.wake() }
  }

  /// Once a second.
  func tick(now: ContinuousClock.Instant) {
    date = HTTPDate.now()
    for connection in Array(connections.values) { connection.tick(now: now) }
  }

  func shutDown() {
    isShuttingDown = true
    for connection in Array(connections.values) { connection.shutDown() }
  }

  func abort() {
    for connection in Array(connections.values) { connection.abort() }
  }
}

/// One connection of the server, whatever its protocol; confined to its event loop.
protocol ServerConnection: AnyObject {
  /// Something changed: streams that wait are asked again.
  func wake()
  /// A second went by: bookmarks, comments and stalls.
  func tick(now: ContinuousClock.Instant)
  /// Take no new requests, end the streams that would go on, close when the rest is answered.
  func shutDown()
  /// Close now.
  func abort()
}
