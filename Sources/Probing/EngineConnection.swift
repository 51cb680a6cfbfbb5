import Fleet
import NIOCore
import NIOHTTP1

/// The exchanges of one probe with its engine: one after the other, on one connection for as long as the engine keeps
/// it open. Confined to its event loop.
final class EngineConnection {
  private let url: EngineURL
  private let key: String?
  private let dialer: Dialer
  private let loop: NIOIsolatedEventLoop
  /// The deadline of all exchanges, except those with a timeout of their own.
  private var deadline: NIODeadline
  private var timer: Scheduled<Void>?
  private var connection: EngineChannelHandler?
  /// Set while `connection` is being made.
  private var dial: Dial?
  private var pending: PendingRequest?
  private var isClosed = false

  private struct PendingRequest {
    var request: EngineRequest
    var began: NIODeadline
    var deadline: NIODeadline
    var isRepeated = false
    var completion: (ExchangeResult) -> Void
  }

  /// `timeout` begins now.
  init(to url: EngineURL, key: String?, _ dialer: Dialer, timeout: Duration, on loop: any EventLoop) {
    self.url = url
    self.key = key
    self.dialer = dialer
    self.loop = loop.assumeIsolated()
    deadline = .now() + TimeAmount(timeout)
    setTimer(deadline)
  }

  /// Sends a request, and calls `completion` once, possibly before it returns. The caller sends one request at a time.
  func send(_ request: EngineRequest, completion: @escaping (ExchangeResult) -> Void) {
    let began = NIODeadline.now()
    let ownDeadline = request.timeout.map { began + TimeAmount($0) }
    let until = ownDeadline ?? deadline
    pending = PendingRequest(request: request, began: began, deadline: until, completion: completion)
    guard !isClosed, until > began else { return settle(.failure(.timedOut)) }
    if ownDeadline != nil { setTimer(until) }
    transmit(request)
  }

  /// Closes the connection and ends the request that is under way.
  func close() {
    isClosed = true
    expire()
    timer?.cancel()
  }

  private func expire() {
    let isConnected = connection?.isConnected == true
    connection?.close()
    connection = nil
    settle(.failure(isConnected ? .unanswered : dial.take()?.cancel() ?? .timedOut))
  }

  private func setTimer(_ deadline: NIODeadline) {
    timer?.cancel()
    timer = loop.scheduleTask(deadline: deadline) { self.expire() }
  }

  private func transmit(_ request: EngineRequest) {
    guard let connection, connection.isOpen else { return connect(request) }
    let isReused = connection.isUsed
    connection.send(head(of: request), body: request.body, limit: request.limit) { result in
      // Engines close idle connections at any time, so a request that met the close proves nothing and is repeated. A
      // completion is never repeated.
      if result == .failure(.closed), isReused, request.body == nil, self.pending?.isRepeated == false {
        self.pending?.isRepeated = true
        self.connect(request)
      } else {
        self.settle(result)
      }
    }
  }

  private func connect(_ request: EngineRequest) {
    let next = EngineChannelHandler()
    connection = next
    let dial = Dial(to: url, dialer.names, until: pending?.deadline ?? deadline, on: loop)
    self.dial = dial
    dial.begin { result in
      self.dial = nil
      switch result {
      case .success(let channel): self.begin(next, on: channel, request)
      case .failure(let failure):
        self.connection = nil
        self.settle(.failure(failure))
      }
    }
  }

  private func begin(_ connection: EngineChannelHandler, on channel: any Channel, _ request: EngineRequest) {
    do {
      let pipeline = channel.pipeline.syncOperations
      if url.scheme == "https" {
        try pipeline.addHandler(dialer.trust.handler(host: url.hostName))
      }
      try pipeline.addHandler(HTTPRequestEncoder())
      try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
      try pipeline.addHandler(connection)
      transmit(request)
    } catch {
      channel.close(promise: nil)
      // The authorities' files cannot be read when this process has no file left.
      settle(.failure(OwnFailure.current.map { .own($0) } ?? .tls))
    }
  }

  private func settle(_ result: ExchangeResult) {
    guard let pending = pending.take() else { return }
    if pending.request.timeout != nil {
      // The time of a request with its own timeout does not count towards the probe's deadline.
      deadline = deadline + (.now() - pending.began)
      setTimer(deadline)
    }
    pending.completion(result)
  }

  private func head(of request: EngineRequest) -> HTTPRequestHead {
    var headers = HTTPHeaders([
      ("host", url.authority), ("accept", request.accept), ("user-agent", "rollcall"),
    ])
    if let key { headers.add(name: "authorization", value: "Bearer \(key)") }
    if let body = request.body {
      headers.add(name: "content-type", value: "application/json")
      headers.add(name: "content-length", value: String(body.utf8.count))
    }
    return HTTPRequestHead(
      version: .http1_1, method: request.body == nil ? .GET : .POST, uri: url.path + request.path, headers: headers)
  }
}
