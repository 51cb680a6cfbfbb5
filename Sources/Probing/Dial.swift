import DNS
import Fleet
import NIOCore
import NIOPosix
import TLS

/// What connections to engines have in common.
struct Dialer: Sendable {
  var trust = TLSTrust()
  var names: NameResolver
  var egress = EgressPolicy()
}

/// The making of one connection to an engine: its name is resolved, and its addresses are tried in order until one
/// answers (RFC 8305). Confined to its event loop.
final class Dial {
  private let url: EngineURL
  private let names: NameResolver
  private let egress: EgressPolicy
  private let deadline: NIODeadline
  private let loop: NIOIsolatedEventLoop
  private var completion: ((Result<any Channel, ProbeFailure>) -> Void)?
  /// Set while the name is being resolved.
  private var waiter: NameResolver.Waiter?
  private var addresses: ArraySlice<SocketAddress> = []
  private var attempts = 0
  private var failures: [ProbeFailure] = []
  private var timer: Scheduled<Void>?
  /// The connections under way, which end with the dial.
  private let channels: NIOLoopBoundBox<[any Channel]>

  /// How long an address may take until the next one is tried beside it (RFC 8305, section 8).
  private static let headStart: TimeAmount = .milliseconds(250)

  init(to url: EngineURL, _ dialer: Dialer, until deadline: NIODeadline, on loop: NIOIsolatedEventLoop) {
    self.url = url
    names = dialer.names
    egress = dialer.egress
    self.deadline = deadline
    self.loop = loop
    channels = NIOLoopBoundBox([], eventLoop: loop.nonisolated())
  }

  /// Calls `completion` once, possibly before it returns, unless the dial is cancelled.
  func begin(_ completion: @escaping (Result<any Channel, ProbeFailure>) -> Void) {
    self.completion = completion
    if let problem = egress.problem(ofScheme: url.scheme) {
      end(.failure(.notAllowed(problem)))
      return
    }
    if let address = url.address {
      connect([address])
      return
    }
    let bound = NIOLoopBound(self, eventLoop: loop.nonisolated())
    let time = Duration.nanoseconds((deadline - .now()).nanoseconds)
    let reply = names.ask(url.host, within: time) { answer in
      bound.eventLoop.execute { bound.value.resolved(answer) }
    }
    switch reply {
    case .known(let answer): resolved(answer)
    case .waiting(let waiter): self.waiter = waiter
    }
  }

  /// Ends the dial; returns what it has been waiting for.
  @discardableResult
  func cancel() -> ProbeFailure {
    let waiter = waiter.take()
    if let waiter { names.giveUp(waiter) }
    completion = nil
    timer?.cancel()
    for channel in channels.value { channel.close(promise: nil) }
    return waiter == nil ? .timedOut : .nameServerSilent
  }

  private func resolved(_ answer: NameAnswer) {
    guard completion != nil else { return }
    waiter = nil
    switch answer {
    case .addresses(let texts):
      connect(texts.compactMap { try? SocketAddress(ipAddress: $0, port: url.port) })
    case .failure(.notFound): end(.failure(.nameNotFound))
    case .failure(.noAnswer): end(.failure(.nameServerSilent))
    case .failure(.own(let trouble)): end(.failure(.own(trouble)))
    }
  }

  private func connect(_ addresses: [SocketAddress]) {
    var problem: String?
    let allowed = addresses.filter { address in
      guard let found = address.ipAddress.flatMap({ egress.problem(ofAddress: $0) }) else { return true }
      problem = problem ?? found
      return false
    }
    self.addresses = allowed[...]
    if let problem, self.addresses.isEmpty { return end(.failure(.notAllowed(problem))) }
    tryNext()
  }

  private func tryNext() {
    timer?.cancel()
    guard let address = addresses.popFirst() else {
      if attempts == 0 { end(.failure(.ofAddresses(failures) ?? .nameNotFound)) }
      return
    }
    attempts += 1
    if !addresses.isEmpty { timer = loop.scheduleTask(in: Self.headStart) { self.tryNext() } }
    let channels = channels
    ClientBootstrap(group: loop.nonisolated())
      .connectTimeout(max(.milliseconds(1), deadline - .now()))
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1 << 16))
      .channelInitializer { channel in
        channels.value.append(channel)
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .connect(to: address).assumeIsolated().whenComplete { self.attempted($0) }
  }

  private func attempted(_ result: Result<any Channel, any Error>) {
    attempts -= 1
    guard completion != nil else {
      if case .success(let channel) = result { channel.close(promise: nil) }
      return
    }
    switch result {
    case .success(let channel):
      channels.value.removeAll { $0 === channel }
      end(.success(channel))
    case .failure(let error):
      failures.append(ProbeFailure(beforeHead: error))
      tryNext()
    }
  }

  private func end(_ result: Result<any Channel, ProbeFailure>) {
    let completion = completion.take()
    cancel()
    completion?(result)
  }
}

extension EngineURL {
  /// The address that the host is written as; nil when the host is a name.
  fileprivate var address: SocketAddress? {
    let host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    return try? SocketAddress(ipAddress: host, port: port)
  }
}
