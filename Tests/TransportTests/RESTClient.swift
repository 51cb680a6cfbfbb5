import HTTP2
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// An HTTP/2 connection whose requests are made field by field; what comes is kept by path.
final class RESTClient: Sendable {
  struct Answer: Equatable {
    var status = ""
    var body = ""
    /// Of a gRPC call that ended without a message.
    var grpcStatus = ""
    var isEnded = false
    var resetCode: ErrorCode?
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let session: Session
    private let answers: Answers
    private var streams: [String: Stream] = [:]

    init(answers: Answers, window: UInt32, reads: Bool) {
      self.answers = answers
      var settings = Settings()
      settings.initialWindowSize = window
      if !reads { settings.connectionWindowSize = Int32(window) }
      session = Session(role: .client, settings: settings, pool: StreamPool { Stream() })
    }

    func channelActive(context: ChannelHandlerContext) { flush(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = unwrapInboundIn(data)
      try? session.receive(bytes.readableBytesUInt8Span)
      for event in session.events {
        guard let path = streams.first(where: { $0.value === stream(of: event) })?.key else { continue }
        answers.byPath.withLock { note(event, &$0[path, default: Answer()]) }
      }
      session.events.removeAll()
      flush(context)
    }

    private func stream(of event: Event) -> Stream? {
      switch event {
      case .head(let stream), .data(let stream), .end(let stream), .closed(let stream, _): stream
      case .goAway: nil
      }
    }

    private func note(_ event: Event, _ answer: inout Answer) {
      guard let stream = stream(of: event) else { return }
      answer.status = value(":status", stream)
      answer.grpcStatus = value("grpc-status", stream)
      answer.body = String(decoding: stream.received.bytes[stream.received.start...], as: UTF8.self)
      answer.isEnded = stream.isRemoteClosed
      if case .closed(_, let code) = event, code != .noError { answer.resetCode = code }
    }

    private func value(_ name: String, _ stream: Stream) -> String {
      stream.head.index(of: Array(name.utf8)).map { String(decoding: stream.head.value(at: $0), as: UTF8.self) } ?? ""
    }

    func request(_ fields: [(String, String)], body: [UInt8]?, path: String, _ context: ChannelHandlerContext) {
      guard let stream = session.request(Headers(fields)) else { return }
      streams[path] = stream
      if let body {
        session.send(body[...], on: stream)
        session.finish(stream)
      }
      flush(context)
    }

    func act(_ path: String, _ context: ChannelHandlerContext, _ action: (Session, Stream) -> Void) {
      guard let stream = streams[path] else { return }
      action(session, stream)
      flush(context)
    }

    private func flush(_ context: ChannelHandlerContext) {
      var output = context.channel.allocator.buffer(capacity: 65_536)
      try? output.writeWithOutputRawSpan(minimumWritableBytes: 65_536) { span throws(SessionError) in
        _ = try session.fill(&span)
      }
      context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }
  }

  private final class Answers: Sendable {
    let byPath = Mutex<[String: Answer]>([:])
  }

  private let channel: any Channel
  private let answers: Answers

  /// - Parameters:
  ///   - window: the bytes that it takes of one answer; it gives none back.
  ///   - reads: false: it never reads from its socket, and all answers together have the window of one.
  init(port: Int, window: UInt32 = 65_535, reads: Bool = true) async throws {
    let answers = Answers()
    self.answers = answers
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    channel = try await Carrier.connect(bootstrap, port: port, protocols: ["h2"], reads: reads) {
      try $0.pipeline.syncOperations.addHandler(Handler(answers: answers, window: window, reads: reads))
    }
  }

  func answer(_ path: String) -> Answer { answers.byPath.withLock { $0[path] ?? Answer() } }

  /// `body` nil: the request does not end yet.
  func request(
    _ method: String, _ path: String, _ more: [(String, String)] = [], body: [UInt8]? = []
  ) async throws {
    try await onLoop { handler, context in
      let fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "x")] + more
      handler.request(fields, body: body, path: path, context)
    }
  }

  /// Sends more of a request.
  func send(_ bytes: [UInt8], _ path: String, ends: Bool = false) async throws {
    try await act(path) { session, stream in
      session.send(bytes[...], on: stream)
      if ends { session.finish(stream) }
    }
  }

  func reset(_ path: String) async throws {
    try await act(path) { session, stream in session.reset(stream, .cancel) }
  }

  func close() async {
    try? await channel.close().get()
  }

  private func act(_ path: String, _ action: @escaping @Sendable (Session, Stream) -> Void) async throws {
    try await onLoop { handler, context in handler.act(path, context, action) }
  }

  private func onLoop(_ action: @escaping @Sendable (Handler, ChannelHandlerContext) -> Void) async throws {
    let channel = channel
    try await channel.eventLoop.submit {
      let context = try channel.pipeline.syncOperations.context(handlerType: Handler.self)
      guard let handler = context.handler as? Handler else { return }
      action(handler, context)
    }.get()
  }
}
