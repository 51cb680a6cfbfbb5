import Fleet
import HTTP
import NIOCore
import NIOHTTP1
import TLS

/// The exchanges of one probe with its engine: one after the other, on one connection for as long as the engine keeps
/// it open. Redirects to the same place, or to the same host by TLS, are followed. Confined to its event loop.
final class EngineConnection {
  private let contact: EngineContact
  private let dialer: Dialer
  private let loop: NIOIsolatedEventLoop
  /// The deadline of all exchanges, except those with a timeout of their own.
  private var deadline: NIODeadline
  private var timer: Scheduled<Void>?
  private var connection: EngineChannelHandler?
  /// The address of `connection`.
  private var origin: EngineURL
  /// Set while `connection` is being made.
  private var dial: Dial?
  private var pending: PendingRequest?
  private var isClosed = false

  private struct PendingRequest {
    var request: EngineRequest
    /// The address that is asked, and the path and query there.
    var origin: EngineURL
    var target: String
    /// How many redirects led there.
    var redirects = 0
    var began: NIODeadline
    var deadline: NIODeadline
    var isRepeated = false
    var completion: (ExchangeResult) -> Void
  }

  /// `timeout` begins now.
  init(to contact: EngineContact, _ dialer: Dialer, timeout: Duration, on loop: any EventLoop) {
    self.contact = contact
    origin = contact.url
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
    pending = PendingRequest(
      request: request, origin: contact.url, target: contact.target(of: request), began: began, deadline: until,
      completion: completion)
    guard !isClosed, until > began else { return settle(.failure(.timedOut)) }
    if ownDeadline != nil { setTimer(until) }
    transmit()
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

  private func transmit() {
    guard let pending else { return }
    if !origin.hasSamePlace(as: pending.origin) {
      connection?.close()
      (connection, origin) = (nil, pending.origin)
    }
    guard let connection, connection.isOpen else { return connect() }
    let isReused = connection.isUsed
    let request = pending.request
    connection.send(head(of: pending), body: request.body, limit: request.limit) { result in
      // Engines close idle connections at any time, so a request that met the close proves nothing and is repeated. A
      // completion is never repeated.
      if result == .failure(.closed), isReused, request.body == nil, self.pending?.isRepeated == false {
        self.pending?.isRepeated = true
        self.connect()
      } else {
        self.received(result)
      }
    }
  }

  private func connect() {
    let next = EngineChannelHandler()
    connection = next
    let dial = Dial(to: origin, dialer, until: pending?.deadline ?? deadline, on: loop)
    self.dial = dial
    dial.begin { result in
      self.dial = nil
      switch result {
      case .success(let channel): self.begin(next, on: channel)
      case .failure(let failure):
        self.connection = nil
        self.settle(.failure(failure))
      }
    }
  }

  private func begin(_ connection: EngineChannelHandler, on channel: any Channel) {
    do {
      let pipeline = channel.pipeline.syncOperations
      if origin.scheme == "https" {
        let tls = try dialer.trust.handler(for: contact.tls, host: origin.host)
        connection.tls = (tls, contact.tls.serverName ?? origin.host)
        try pipeline.addHandler(tls)
      }
      try pipeline.addHandlers(HTTPRequestEncoder(), RepeatedLength())
      try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
      try pipeline.addHandler(connection)
      transmit()
    } catch {
      channel.close(promise: nil)
      // The files cannot be read when this process has no file left.
      settle(.failure(OwnFailure.current.map { .own($0) } ?? ProbeFailure(beforeHead: error)))
    }
  }

  private func received(_ result: ExchangeResult) {
    guard let pending, case .response(var response) = result else { return settle(result) }
    let redirect = response.redirect.flatMap { Redirect($0, from: pending.origin, pending.target) }
    // The other statuses make a GET of a POST (RFC 9110, section 15.4).
    let isKept = pending.request.body == nil || [307, 308].contains(response.status)
    if let redirect, isKept, pending.redirects < Redirect.limit, redirect.isFollowed(from: pending.origin) {
      self.pending?.origin = redirect.origin
      self.pending?.target = redirect.target
      self.pending?.redirects += 1
      self.pending?.isRepeated = false
      // Not now: the connection is still reading this response.
      loop.execute { if self.pending?.began == pending.began { self.transmit() } }
      return
    }
    response.redirect = redirect?.shown
    if redirect == nil, contact.key != nil, !contact.isOwn(pending.origin) {
      response.redirect = Redirect.shown(pending.origin, pending.target)
    }
    settle(.response(response))
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

  private func head(of pending: PendingRequest) -> HTTPRequestHead {
    let request = pending.request
    var headers = HTTPHeaders([
      ("host", pending.origin.authority), ("accept", request.accept), ("user-agent", "rollcall"),
    ])
    if let key = contact.key, contact.isOwn(pending.origin) { headers.add(name: key.name, value: key.value) }
    if let body = request.body {
      headers.add(name: "content-type", value: "application/json")
      headers.add(name: "content-length", value: String(body.utf8.count))
    }
    return HTTPRequestHead(
      version: .http1_1, method: request.body == nil ? .GET : .POST, uri: pending.target, headers: headers)
  }
}

extension EngineURL {
  fileprivate func hasSamePlace(as other: EngineURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }
}
