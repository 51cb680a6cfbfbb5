import HTTP
import Logging
import NIOCore

/// One HTTP/1.1 connection of the server, for REST alone. It parses and answers one request at a time. No client can
/// change the protocol: `Upgrade` is ignored (RFC 9110 section 7.8).
final class HTTP1ServerHandler: ChannelDuplexHandler, ServerConnection, HTTP1ResponseOwner {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let core: ServerCore
  let loop: LoopState
  private let admission: Admission
  private let caller: Caller
  var life: ConnectionLife
  var timer = DeadlineTimer()
  var context: ChannelHandlerContext?
  private var input: HTTP1Input
  private var request = HTTP1Request()
  let writer: HTTP1ResponseWriter
  private var task: TaskPool.Ticket?
  private var (isAskedLater, isAdvancing) = (false, false)
  private(set) var memory = 0
  // The time of its start and of its last answer, by the loop's milliseconds.
  private let created: Int
  private var lastActive: Int

  /// Whether a complete request waits for its turn or for the end of its answer.
  private var isAnswering: Bool { request.isWhole || task != nil || writer.isWriting || writer.isBlocked }

  init(core: ServerCore, loop: LoopState, admission: Admission, life: ConnectionLife) {
    self.core = core
    self.loop = loop
    self.admission = admission
    caller = Caller(admission.peer, connectionID: core.nextConnectionID())
    self.life = life
    (created, lastActive) = (loop.milliseconds, loop.milliseconds)
    writer = HTTP1ResponseWriter(loop: loop)
    input = HTTP1Input(core.configuration.limits)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    writer.open(context, self)
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // The bytes behind the last request are read and dropped: left unread they would reset the connection.
    guard life.acceptsRequests || request.isUnfinished else { return input.drop() }
    input.append(unwrapInboundIn(data))
    advance()
  }

  func read(context: ChannelHandlerContext) {
    if input.allowsRead() { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { inputEnded() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writer.produce()
    if request.isWhole, !writer.isBlocked { respond() }
    advance()
  }

  func channelInactive(context: ChannelHandlerContext) {
    life.closed()
    timer.cancel()
    input.drop()
    request.drop()
    writer.close()
    if let task { core.tasks.cancel(task) }
    task = nil
    charge()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isEndOfInput(error) else { return }
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    context.closeAtOnce()
  }

  func goOn() {
    isAskedLater = false
    if request.isWhole, !writer.isBlocked { respond() } else { wake() }
    advance()
  }

  func wake() {
    if writer.isWriting { writer.wake() }
    advance()
  }

  func tick(now: ContinuousClock.Instant) {
    guard context?.channel.isActive == true else { return }
    writer.secondPassed()
    act(on: life.secondPassed(input.facts(request, writer), core.limits, now: now))
    wake()
  }

  var peer: Peer { admission.peer }
  var place: ConnectionTable.Place { admission.place }
  var idleSince: Int? { life.isIdle ? lastActive : nil }
  var isNew: Bool { lastActive == created }
  var isSlow: Bool { writer.output.isSlow }
  func makeRoom() {
    core.note(.connections, LoopState.gaveWay)
    abort()
  }

  func shed() {
    core.note(.memory, "connection closed: all together hold too much memory", ["bytes": "\(memory)"])
    abort(resets: true)
  }

  /// Counts the connection's bytes against the memory of all.
  private func charge() {
    let held = writer.heldBytes + request.size + input.count
    let before = memory
    memory = held
    core.memory.change(from: before, to: held)
    if held > before, core.memory.isSpent { loop.shed(core.memory) }
  }

  // MARK: Requests

  /// Parses what has arrived, up to the end of a request that is not answered at once.
  func advance() {
    guard !isAdvancing else { return }
    isAdvancing = true
    defer { isAdvancing = false }
    while !isAnswering, let event = input.next() { take(event) }
    if input.releaseRead() { context?.read() }
    if input.hasEnded, !isAnswering { closeInput() }
    charge()
  }

  private func take(_ event: HTTP1Parser.Event) {
    switch event {
    case .head(let head):
      guard life.acceptsRequests else { return input.drop() }
      life.requestOpened()
      // A connection that came during the shutdown tells its client so with the first answer.
      if loop.isShuttingDown { shutDown() }
      admit(head)
    case .body(let bytes): request.append(bytes)
    case .end:
      request.end()
      guard request.isWhole else { return }
      if loop.isTurnOver() { goOnLater() } else { respond() }
    case .refusal(let refusal):
      guard request.head == nil else { return refuse(refusal, request.head) }
      guard life.acceptsRequests else { return input.drop() }
      life.requestOpened()
      refuse(refusal, input.refusedHead)
    }
  }

  private func admit(_ head: HTTP1Head) {
    do throws(HTTP1Refusal) {
      let decision = try HTTP1Admission(head, bodyLimit: core.configuration.limits[.bodyBytes])
      guard admission.allows(head.target) else { throw HTTP1Refusal(RequestLimits.tooManyConnectionsProblem) }
      request.begin(head)
      input.receiveBody(decision.framing)
      // A client whose body has begun does not wait (RFC 9110 section 10.1.1).
      if decision.awaitsContinue, input.isEmpty { writer.writeContinue() }
    } catch {
      refuse(error, head)
    }
  }

  /// Answers a request that the transport refuses. The connection ends with the answer, and drops what follows.
  private func refuse(_ refusal: HTTP1Refusal, _ head: HTTP1Head?) {
    if let limit = refusal.limit { core.note(limit, "request refused: \(refusal.problem.message)") }
    request.drop()
    input.drop()
    act(on: life.refuseRequests(now: .now))
    write(core.refusal(refusal.problem, for: head.map { Request($0, caller: caller) }), HTTP1ResponseHead(head))
  }

  /// The client has ended its side, and may still read.
  private func inputEnded() {
    input.end()
    if life.state == .lingering { return abort() }
    writer.endIfEndless()
    advance()
  }

  /// Ends the connection after the last answer; nothing will complete a request that has begun.
  private func closeInput() {
    act(on: life.refuseRequests(now: .now))
    guard request.isUnfinished else { return }
    request.drop()
    act(on: life.requestEnded(now: .now))
  }

  // MARK: Responses

  private func respond() {
    guard let (head, bytes) = request.take() else { return }
    let request = Request(head, body: bytes, caller: caller)
    if !head.isKeepAlive { act(on: life.refuseRequests(now: .now)) }
    switch core.responder.respond(to: request) {
    case .now(let response): write(response, HTTP1ResponseHead(head))
    case .later(let later): start(later, for: request, HTTP1ResponseHead(head))
    }
  }

  /// Starts the task that makes the response. The next request waits until this response is written.
  private func start(
    _ later: @escaping @concurrent @Sendable () async -> sending Response, for request: Request,
    _ head: HTTP1ResponseHead
  ) {
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    task = core.tasks.start(for: peer.id) {
      let response = LateResponse(await later())
      return { ticket in
        eventLoop.execute {
          let handler = bound.value
          guard handler.task == ticket, let response = response.take() else { return }
          handler.task = nil
          handler.write(response, head)
          handler.advance()
        }
      }
    }
    if task == nil { write(core.refusal(RequestLimits.tooManyTasksProblem, for: request), head) }
  }

  private func write(_ response: Response, _ head: HTTP1ResponseHead) {
    let closes = life.isEnding || !head.isKeepAlive || head.endsConnection(response)
    if closes { act(on: life.refuseRequests(now: .now)) }
    writer.write(response, head, closes: closes)
    if life.isShuttingDown || input.hasEnded { writer.endIfEndless() }
    writer.produce()
  }

  func goOnLater() {
    guard !isAskedLater else { return }
    isAskedLater = true
    loop.later(self)
  }

  func responseFlushed() {
    lastActive = max(loop.milliseconds, created + 1)
    act(on: life.requestEnded(now: .now))
  }
}
