package import GRPC
import Glibc
package import HTTP
package import Logging
import Messages
package import NIOCore
import NIOPosix
import Synchronization
import TLS

/// The server's port, or two, one of them with TLS: gRPC and REST over HTTP/2, and REST over HTTP/1.1.
package final class Server: Sendable {
  private struct Running {
    var group: MultiThreadedEventLoopGroup
    var listeners: [any Channel]
    var loops: [Loop]
    var ticks: [RepeatedTask]
  }

  /// The state of one event loop, and whether a wake is on its way to it.
  private final class Loop: Sendable {
    let state: NIOLoopBound<LoopState>
    let eventLoop: any EventLoop
    let wakeIsPending = Atomic<Bool>(false)
    let stops = Mutex(LoopStops())

    init(state: NIOLoopBound<LoopState>, eventLoop: any EventLoop) {
      self.state = state
      self.eventLoop = eventLoop
    }

    func wake() {
      guard !wakeIsPending.exchange(true, ordering: .acquiringAndReleasing) else { return }
      eventLoop.execute {
        self.wakeIsPending.store(false, ordering: .releasing)
        self.state.value.wake()
      }
    }

    func measure() -> RepeatedTask {
      let (interval, clock) = (TimeAmount(LoopStops.interval), ContinuousClock())
      let start = clock.now
      return eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
        let thread = self.state.value.threadClock
        guard let computed = thread.computed else { return }
        let tick = LoopStops.Tick(wall: clock.now - start, computed: computed, waited: thread.waited)
        self.stops.withLock { $0.note(tick) }
      }
    }
  }

  let core: ServerCore
  private let running = Mutex<Running?>(nil)

  /// `limits` counts the limits that clients meet; nil: the server has its own counts.
  package init(
    configuration: ServerConfiguration, services: [any Service], responder: any Responder, limits: LimitCounts? = nil,
    logger: Logger
  ) {
    core = ServerCore(
      configuration: configuration, services: services, responder: responder, limits: limits, logger: logger)
  }

  /// The addresses at which a server listens, with the ports that the system chose; nil: it does not.
  package struct Addresses: Sendable {
    package var clear: SocketAddress?
    package var secured: SocketAddress?
  }

  /// The reason that the server cannot listen at one of its addresses.
  package struct ListenError: Error {
    package let isSecured: Bool
    package let cause: any Error
  }

  /// Begins to listen. Throws `ListenError`.
  package func start() async throws -> Addresses {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(core.configuration.threads, 1))
    do {
      return try await start(group)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
  }

  private func start(_ group: MultiThreadedEventLoopGroup) async throws -> Addresses {
    var loops = [Loop]()
    for eventLoop in group.makeIterator() {
      let state = try await eventLoop.submit {
        NIOLoopBound(LoopState(eventLoop: eventLoop), eventLoop: eventLoop)
      }.get()
      loops.append(Loop(state: state, eventLoop: eventLoop))
    }
    let allLoops = loops
    var (addresses, listeners) = (Addresses(), [any Channel]())
    let configuration = core.configuration
    if configuration.listensInClear {
      let listener = try await listen(configuration.host, configuration.port, nil, loops, group)
      listeners.append(listener)
      addresses.clear = listener.localAddress
    }
    if let secured = configuration.secured {
      let listener = try await listen(secured.host, secured.port, secured.certificates, loops, group)
      listeners.append(listener)
      addresses.secured = listener.localAddress
    }
    let ticks = group.next().scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
      for loop in allLoops { loop.eventLoop.execute { loop.state.value.tick(now: ContinuousClock().now) } }
    }
    let measuring = configuration.measuresLoops ? loops.map { $0.measure() } : []
    running.withLock { $0 = Running(group: group, listeners: listeners, loops: loops, ticks: [ticks] + measuring) }
    return addresses
  }

  /// - Parameter certificates: those for TLS; nil: clients speak in the clear.
  private func listen(
    _ host: String, _ port: Int, _ certificates: ServerCertificates?, _ loops: [Loop],
    _ group: MultiThreadedEventLoopGroup
  ) async throws(ListenError) -> any Channel {
    let byLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
    let core = core
    let acceptLoop = group.next()
    do {
      let accepting = try await acceptLoop.submit {
        NIOLoopBound(AcceptBackoff(core.logger), eventLoop: acceptLoop)
      }.get()
      return try await ServerBootstrap(group: acceptLoop, childGroup: group)
        .serverChannelOption(.backlog, value: 1_024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        // Each connection is admitted or closed before the next is accepted: a burst takes no files from the probes.
        .serverChannelOption(.maxMessagesPerRead, value: 1)
        .serverChannelInitializer { listener in
          listener.eventLoop.makeCompletedFuture {
            try listener.pipeline.syncOperations.addHandler(accepting.value)
          }
        }
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        // The kernel takes no more than it can send soon: a slow peer holds less memory, and shows that it takes bytes.
        .childChannelOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: 131_072)
        .childChannelOption(.socketOption(.so_keepalive), value: 1)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelOption(.maxMessagesPerRead, value: 1)
        .childChannelOption(.writeBufferWaterMark, value: .init(low: 16_384, high: 32_768))
        .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
        .childChannelInitializer { channel in
          guard let loop = byLoop[ObjectIdentifier(channel.eventLoop)] else { return channel.close() }
          return channel.eventLoop.makeCompletedFuture {
            defer {
              if acceptLoop.inEventLoop {
                accepting.value.settled()
              } else {
                acceptLoop.execute { accepting.value.settled() }
              }
            }
            try Server.setUp(channel, certificates, core, loop.state.value)
          }
        }
        .bind(host: host, port: port).get()
    } catch {
      throw ListenError(isSecured: certificates != nil, cause: error)
    }
  }

  private static func setUp(
    _ channel: any Channel, _ certificates: ServerCertificates?, _ core: ServerCore, _ loop: LoopState
  ) throws {
    let proxy = channel.remoteAddress.flatMap { core.configuration.isProxy($0) ? $0 : nil }
    // The client of a proxy is known once the header has arrived.
    let address = proxy == nil ? channel.remoteAddress : nil
    let peer = address.map { Peer($0, trusted: core.configuration.trustedProxies) } ?? .unknown
    let place: ConnectionTable.Place
    do throws(ConnectionTable.Refusal) {
      place = try core.connections.enter(peer) { loop.makeRoom($0, for: peer, core.connections) }
    } catch {
      core.refusedConnections.add(1, ordering: .relaxed)
      core.note(error == .full ? .connections : .connectionsPerPeer, "connection refused")
      // At once, on this event loop: a refused connection has a file as well.
      channel.close(promise: nil)
      throw ChannelError.operationUnsupported
    }
    channel.closeFuture.whenComplete { _ in core.connections.leave(peer, place) }
    core.acceptedConnections.add(1, ordering: .relaxed)
    guard let proxy else {
      return try open(channel, certificates, core, loop, Admission(peer: peer, place: place))
    }
    let header = ProxyHeaderHandler(core: core, loop: loop, place: place, address: proxy) {
      try open(channel, certificates, core, loop, $0, $1)
    }
    try channel.pipeline.syncOperations.addHandler(header)
  }

  /// Adds the handlers of an admitted connection. `life`: its life so far; nil: it begins now.
  private static func open(
    _ channel: any Channel, _ certificates: ServerCertificates?, _ core: ServerCore, _ loop: LoopState,
    _ admission: Admission, _ life: ConnectionLife? = nil
  ) throws {
    let secured = certificates.map { SecuredEnd(core: core, loop: loop, peer: admission.peer, certificates: $0) }
    let sniffer = ProtocolSniffer(core: core, loop: loop, admission: admission, secured: secured, life: life)
    if let secured { try channel.pipeline.syncOperations.addHandlers(secured, SecuredPieces()) }
    try channel.pipeline.syncOperations.addHandler(sniffer)
  }

  /// Wakes every stream that waits for a change. Any thread may call it, and it is cheap when no stream waits.
  package func wake() {
    let loops = running.withLock { $0?.loops ?? [] }
    for loop in loops { loop.wake() }
  }

  /// The times for which the event loops were held up, of all loops together.
  var stops: LoopStops {
    var stops = LoopStops()
    for loop in running.withLock({ $0?.loops ?? [] }) { stops.add(loop.stops.withLock { $0 }) }
    return stops
  }

  /// Stops listening, sends GOAWAY and ends endless streams with UNAVAILABLE. Waits until the rest is answered or
  /// `limit` has passed, then cuts the remaining answers so that no client takes them for complete.
  package func shutDown(within limit: Duration) async throws {
    guard let running = running.withLock({ $0.take() }) else { return }
    for listener in running.listeners { try? await listener.close().get() }
    // The wait makes sure that each loop counts the connection that it accepted last.
    for loop in running.loops { try? await loop.eventLoop.submit { loop.state.value.shutDown() }.get() }
    let clock = ContinuousClock()
    let end = clock.now + limit
    while core.connections.count > 0 && clock.now < end {
      try? await Task.sleep(for: .milliseconds(20))
    }
    for task in running.ticks { task.cancel() }
    for loop in running.loops { loop.eventLoop.execute { loop.state.value.abort() } }
    try await running.group.shutdownGracefully()
  }
}
