import GRPC
import HTTP
import HTTP2
import HTTPTypes
import NIOCore

/// REST over HTTP/2: turns a stream into a `Request` and a `Response` into frames.
extension ServerStreams {
  func runREST(_ stream: ServerStream) {
    guard case .rest = stream.work, !mustWait(stream) else { return }
    guard stream.received.count <= maxBodySize else {
      return refuse(stream, .contentTooLarge(limit: maxBodySize))
    }
    guard let request = Request(stream, hasBody: true) else {
      return refuse(stream, .invalid("The request has no method or path."))
    }
    forgetReceived(stream)
    switch core.responder.respond(to: request) {
    case .now(let response): respond(stream, response, isHead: request.method == .head)
    case .later(let later): start(later, on: stream, isHead: request.method == .head)
    }
  }

  /// Refuses a request before it reaches a route.
  func refuse(_ stream: ServerStream, _ problem: Problem, isHead: Bool = false) {
    if problem.status == .contentTooLarge { core.limits.count(.bodyBytes) }
    respond(stream, core.refusal(problem, for: Request(stream, hasBody: false)), isHead: isHead)
  }

  /// Counts the limit that a request's head exceeds.
  func countTooLarge(_ stream: ServerStream) {
    core.limits.count(stream.head.listSize > core.configuration.limits[.headerBytes] ? .headerBytes : .headerFields)
  }

  /// Resets streamed answers, so that clients know that they are incomplete. Returns whether there was such an answer.
  func resetBodies() -> Bool {
    var isAny = false
    for case let stream as ServerStream in session.open {
      guard case .body = stream.work else { continue }
      producers.remove(stream)
      session.reset(stream, .cancel)
      isAny = true
    }
    return isAny
  }

  /// Refuses a request of a connection that is there for health and administration alone.
  func refuseUnreserved(_ stream: ServerStream) {
    if case .call(let method, _) = RequestHead.read(stream.head, core.methods) {
      method.count(RequestLimits.tooManyConnections.code)
      session.respond(stream, Headers(stream.trailersOnly(RequestLimits.tooManyConnections)), endStream: true)
      stopReading(stream)
    } else {
      refuse(stream, RequestLimits.tooManyConnectionsProblem)
    }
  }

  /// Starts a task that makes the response and hops back to the event loop once.
  private func start(
    _ later: @escaping @concurrent @Sendable () async -> sending Response, on stream: ServerStream, isHead: Bool
  ) {
    giveWindow(stream)
    guard case .rest = stream.work else { return }
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound((streams: self, stream: stream), eventLoop: eventLoop)
    stream.task = core.tasks.start(for: peer.id) {
      let response = LateResponse(await later())
      return { ticket in
        eventLoop.execute {
          let (streams, stream) = bound.value
          guard stream.isDue(ticket), let response = response.take() else { return }
          streams.respond(stream, response, isHead: isHead)
          streams.connection?.pump()
        }
      }
    }
    if stream.task == nil { refuse(stream, RequestLimits.tooManyTasksProblem, isHead: isHead) }
  }

  /// Cancels the task that makes the answer, for which the client no longer waits.
  func cancelTask(_ stream: ServerStream) {
    guard let ticket = stream.task else { return }
    stream.task = nil
    core.tasks.cancel(ticket)
  }

  private func respond(_ stream: ServerStream, _ response: Response, isHead: Bool = false) {
    stream.work = .none
    defer {
      if !stream.isRemoteClosed {
        forgetReceived(stream)
        stopReading(stream)
      }
    }
    if !response.isShared, let length = response.contentLength, !isHead { memory.hold(length, for: stream) }
    if let head = response.head {
      return send(loop.headers(head), response.allowsBody && !isHead ? response.body.slices : [], on: stream)
    }
    var fields = [(name: String, value: String)]()
    fields.append((":status", String(response.status.code)))
    fields.append(("date", loop.date))
    for field in response.fields { fields.append((field.name.canonicalName, field.value)) }
    switch response.body {
    case .stream(let source) where !isHead:
      session.respond(stream, Headers(fields))
      stream.work = .body(source)
      producers.add(stream)
      if isShuttingDown { endForShutdown(stream) }
    case .stream(let source):
      source.closed()
      session.respond(stream, Headers(fields), endStream: true)
    case .bytes, .empty:
      if let length = response.contentLength { fields.append(("content-length", String(length))) }
      send(Headers(fields), response.allowsBody && !isHead ? response.body.slices : [], on: stream)
    }
  }

  private func send(_ head: Headers, _ slices: [ArraySlice<UInt8>], on stream: ServerStream) {
    session.respond(stream, head, endStream: slices.isEmpty)
    guard !slices.isEmpty else { return }
    for slice in slices { session.send(slice, on: stream) }
    session.finish(stream)
  }
}

extension Request {
  /// - Parameter hasBody: whether the request gets a copy of the body.
  fileprivate init?(_ stream: ServerStream, hasBody: Bool) {
    let head = stream.head
    guard let method = head.methodIs(get) ? .get : HTTPRequest.Method(head.method) else { return nil }
    let target = head.path
    guard !target.isEmpty else { return nil }
    let received = stream.received
    self.init(
      method: method, target: target, fields: stream,
      body: received.count == 0 || !hasBody ? [] : Array(received.bytes[received.start...]),
      caller: Caller(stream.peer, connectionID: stream.connectionID))
  }
}

private let get = Array("GET".utf8)

extension ServerStream: RequestFields {
  func value(of name: String) -> String? {
    head.joinedValue(name)
  }
}
