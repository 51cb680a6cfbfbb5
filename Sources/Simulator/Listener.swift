internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A port that can be closed together with the connections it accepted, and opened again.
actor Listener {
  let host: String
  private(set) var port: Int
  private let group: MultiThreadedEventLoopGroup
  private let answering: HTTPHandler.Answering
  private let connections = AcceptedConnections()
  private var channel: (any Channel)?
  /// While the listener is closed: a port of the system's choice would otherwise go to the next who asks.
  private var held: HeldPort?
  private var last: Task<Void, any Error>?

  /// With `port` 0 the system chooses a port when the listener first opens, and the listener keeps it.
  init(host: String, port: Int, group: MultiThreadedEventLoopGroup, answering: @escaping HTTPHandler.Answering) {
    self.host = host
    self.port = port
    self.group = group
    self.answering = answering
  }

  /// Returns when the listener accepts connections. Throws `SimulatorError` when the port is taken.
  func open() async throws {
    try await change(listening: true)
  }

  /// Returns when new connections are refused and the accepted connections are closed.
  func close() async throws {
    try await change(listening: false)
  }

  /// Closes the accepted connections, but goes on listening.
  func cut() async {
    await connections.closeAll()
  }

  /// Makes one change at a time, in the order of the calls.
  private func change(listening: Bool) async throws {
    let before = last
    let task = Task {
      _ = await before?.result
      if listening { try await bind() } else { await unbind() }
    }
    last = task
    try await task.value
  }

  private func unbind() async {
    connections.refuse()
    if let channel, let address = channel.localAddress {
      try? await channel.close()
      held = HeldPort(address)
    }
    channel = nil
    await connections.closeAll()
  }

  private func bind() async throws {
    guard channel == nil else { return }
    let (connections, answering) = (connections, answering)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        connections.insert(channel)
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
          try pipeline.addHandler(HTTPHandler(answering))
        }
      }
    connections.accept()
    do {
      let bound = try await bootstrap.bind(host: host, port: port).get()
      channel = bound
      held = nil
      port = bound.localAddress?.port ?? port
    } catch {
      throw SimulatorError("cannot listen on \(host):\(port): \(error); choose another port to listen on")
    }
  }
}

/// The accepted connections of a listener.
private final class AcceptedConnections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    /// Whether new connections stay open. A connection that arrives while the listener closes is closed as well.
    var accepting = false
  }

  private let state = Mutex(State())

  func accept() {
    state.withLock { $0.accepting = true }
  }

  func refuse() {
    state.withLock { $0.accepting = false }
  }

  func insert(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    let accepted = state.withLock { state in
      if state.accepting { state.channels[id] = channel }
      return state.accepting
    }
    guard accepted else { return channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { _ = $0.channels.removeValue(forKey: id) }
    }
  }

  func closeAll() async {
    for channel in state.withLock({ Array($0.channels.values) }) {
      try? await channel.close()
    }
  }
}
