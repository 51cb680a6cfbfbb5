import GRPC
import HTTP
import HTTP2
import HTTPTypes
import NIOCore

/// REST over HTTP/2: turns a stream into a `Request` and a `Response` into frames. Then the tasks, the memory and the end,
/// which calls and REST share.
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
    if case .call(let method, _, _) = RequestHead.read(stream.head, core.methods) {
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
    let hasBegun = start(on: stream, in: core.tasks, { LateResponse(await later()) }) { streams, stream, response in
      if let response = response.take() { streams.respond(stream, response, isHead: isHead) }
    }
    if !hasBegun { refuse(stream, RequestLimits.tooManyTasksProblem, isHead: isHead) }
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

  // MARK: Tasks

  /// Starts a task for a stream; its value comes back to the event loop, unless the stream ends before. Returns false when
  /// too many tasks wait already.
  func start<Value: Sendable>(
    on stream: ServerStream, in pool: TaskPool, _ work: @escaping @concurrent @Sendable () async -> Value,
    then take: @escaping (ServerStreams, ServerStream, Value) -> Void
  ) -> Bool {
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound((streams: self, stream: stream, take: take), eventLoop: eventLoop)
    let ticket = pool.start(for: peer.id) {
      let value = await work()
      return { ticket in
        eventLoop.execute {
          let (streams, stream, take) = bound.value
          guard stream.isDue(ticket, of: pool) else { return }
          take(streams, stream, value)
          streams.connection?.pump()
        }
      }
    }
    stream.task = ticket.map { ($0, pool) }
    return ticket != nil
  }

  /// Cancels the task whose value the client no longer waits for.
  func cancelTask(_ stream: ServerStream) {
    guard let (ticket, pool) = stream.task else { return }
    stream.task = nil
    pool.cancel(ticket)
  }

  // MARK: Memory

  /// Counts an answer that nothing shares. Ends the call and returns false when it is too large.
  func hold(_ count: Int, for stream: ServerStream) -> Bool {
    guard count <= maxReplySize else {
      core.limits.count(.replyBytes)
      end(stream, RequestLimits.replyTooLarge)
      return false
    }
    memory.hold(count, for: stream)
    return true
  }

  /// Answers the requests that waited for room. Returns whether there was one.
  func runWaiting() -> Bool {
    var isAny = false
    while !loop.isTurnOver(), let stream = memory.next() {
      isAny = true
      switch stream.work {
      case .unary(let method): runUnary(stream, method)
      case .rest: runREST(stream)
      case .streaming, .body, .none: break
      }
    }
    return isAny
  }

  /// Whether a producer has more to give, and room for it.
  var hasMore: Bool {
    guard producers.hasMore else { return false }
    settleProducers()
    return !memory.isFull
  }

  /// Counts no longer what the producers' streams have sent, where that matters.
  func settleProducers() {
    guard memory.isFull || !memory.hasRoom, memory.held > session.unsentBytes else { return }
    for stream in producers.all { memory.settle(stream) }
  }

  /// Whether a request has to wait for room. Its bytes count meanwhile.
  func mustWait(_ stream: ServerStream) -> Bool {
    guard memory.held > 0 else { return false }
    settleProducers()
    let isNew = !stream.isWaitingForMemory
    guard memory.mustWait(stream) else { return false }
    if isNew { core.limits.count(memory.isOverOwnLimit ? .unsentBytes : .memory) }
    giveWindow(stream)
    return true
  }

  // MARK: The end of the connection

  /// The client has ended its side of the connection: requests that are not whole, endless answers, and answers beyond the
  /// windows that it can no longer open will never be complete.
  func inputEnded() {
    for case let stream as ServerStream in session.open {
      let isEndless =
        switch stream.work {
        case .streaming: true
        case .body(let source): source.isEndless
        case .unary, .rest, .none: false
        }
      let room = min(session.window(of: stream), session.connectionWindow)
      if isEndless || !stream.isRemoteClosed || stream.outgoingByteCount > room { session.reset(stream, .cancel) }
    }
  }

  /// Ends every open stream: the time of the connection is over.
  func cut() {
    for case let stream as ServerStream in session.open {
      if case .rest = stream.work {
        cancelTask(stream)
        refuse(stream, RequestLimits.tooOldProblem)
      } else {
        end(stream, RequestLimits.tooOld)
      }
      // A status waits behind unsent bytes and behind a shut window; nghttp2 would drop one that a reset follows.
      if stream.outgoingByteCount > 0 || session.window(of: stream) <= 0 { session.reset(stream, .cancel) }
    }
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
