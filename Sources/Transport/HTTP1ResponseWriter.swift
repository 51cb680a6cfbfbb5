import HTTP
import NIOCore

/// The connection of a response writer.
protocol HTTP1ResponseOwner: AnyObject {
  /// The last bytes of a response are in the kernel's hands, or lost.
  func responseFlushed()
  /// Asks the event loop for a later turn.
  func goOnLater()
}

/// Writes the responses of one HTTP/1.1 connection, one at a time, and as much as the client takes.
final class HTTP1ResponseWriter {
  private let loop: LoopState
  private var body = HTTP1Body()
  private(set) var output = ConnectionOutput()
  /// The bytes of a body in memory that nothing else holds.
  private var ownBytes = 0
  /// The number of responses whose end is written and which the kernel has not taken whole.
  private var ending = 0
  private weak var owner: (any HTTP1ResponseOwner)?
  private var context: ChannelHandlerContext?

  init(loop: LoopState) {
    self.loop = loop
  }

  /// Whether a response has begun whose last bytes are not written yet.
  var isWriting: Bool { body.source != nil }
  /// Whether only the end of the connection shows the client that the response is complete.
  var endsWithConnection: Bool { body.endsWithConnection }

  func open(_ context: ChannelHandlerContext, _ owner: any HTTP1ResponseOwner) {
    (self.context, self.owner) = (context, owner)
  }

  /// The bytes of answers that the connection holds.
  var heldBytes: Int {
    guard let context, isBlocked || ending > 0 else { return ownBytes }
    return ownBytes + output.held(context.channel)
  }

  /// Whether bytes wait because the client takes none.
  var isBlocked: Bool { context.map { !$0.channel.isWritable } ?? false }

  /// Measures how fast the client takes bytes.
  func secondPassed() {
    guard let context else { return }
    output.secondPassed(context.channel, isWaiting: ownBytes > 0)
  }

  /// The connection is lost.
  func close() {
    body.end()?.closed()
    ownBytes = 0
    (context, owner) = (nil, nil)
  }

  /// Tells the client that the server takes the body of its request.
  func writeContinue() {
    write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
  }

  /// Writes a response, or begins to.
  ///
  /// - Parameter closes: whether the connection ends with this response.
  func write(_ response: Response, _ head: HTTP1ResponseHead, closes: Bool) {
    guard let context else { return response.abandon() }
    let length = response.contentLength
    let hasBody = !head.isHead && response.allowsBody
    let isShort = length ?? 0 <= WholeBody.piece
    var buffer = context.channel.allocator.buffer(capacity: 512 + (isShort && hasBody ? length ?? 0 : 0))
    head.write(response, length: length, date: loop.date, closes: closes, into: &buffer)
    switch response.body {
    case .stream(let source) where hasBody: begin(source, head.framing(response), after: buffer)
    case .stream(let source):
      source.closed()
      finish(buffer)
    case .bytes(let slices) where hasBody && !isShort:
      if !response.isShared { ownBytes = length ?? 0 }
      begin(WholeBody(slices), .length, after: buffer)
    case .bytes(let slices):
      if hasBody { for slice in slices { buffer.writeBytes(slice) } }
      finish(buffer)
    case .empty: finish(buffer)
    }
  }

  private func begin(_ source: any BodySource, _ framing: HTTP1ResponseHead.Framing, after head: ByteBuffer) {
    body.begin(source, framing)
    write(head)
  }

  /// Something has changed: asks a body that waits for it.
  func wake() {
    body.isReady = true
    produce()
  }

  /// Writes the body as long as the client takes it and the turn goes on.
  func produce() {
    // A failed write can lead back here at once.
    guard !body.isProducing, body.source != nil, let context else { return }
    guard !loop.isTurnOver() else { return goOnLater() }
    body.isProducing = true
    defer { body.isProducing = false }
    while let source = body.source, body.isReady, context.channel.isWritable {
      var slices = [ArraySlice<UInt8>]()
      let progress = source.produce(into: &slices, now: .now)
      if let piece = body.piece(slices, context.channel.allocator) {
        write(piece)
      }
      switch progress {
      case .more where slices.isEmpty:
        body.isReady = false
        goOnLater()
      case .more where loop.isTurnOver(): return goOnLater()
      case .more: break
      case .wait: body.isReady = false
      case .end: return end()
      }
    }
  }

  /// Ends an endless body. A finite body goes on: the client would take a cut body for complete.
  func endIfEndless() {
    if body.isEndless { end() }
  }

  private func end() {
    guard let source = body.end() else { return }
    source.closed()
    ownBytes = 0
    finish(body.last)
  }

  private func finish(_ bytes: ByteBuffer) {
    guard let context else { return }
    output.wrote(bytes.readableBytes, isFull: false, context.channel)
    ending += 1
    let bound = NIOLoopBound((writer: self, owner: owner), eventLoop: loop.eventLoop)
    context.writeAndFlush(NIOAny(bytes)).whenComplete { _ in
      bound.value.writer.ending -= 1
      bound.value.owner?.responseFlushed()
    }
  }

  private func write(_ bytes: ByteBuffer) {
    guard let context else { return }
    output.wrote(bytes.readableBytes, isFull: false, context.channel)
    context.writeAndFlush(NIOAny(bytes), promise: nil)
  }

  private func goOnLater() {
    owner?.goOnLater()
  }
}
