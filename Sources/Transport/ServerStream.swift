import GRPC
import HTTP
import HTTP2

/// One request on an HTTP/2 connection of the server: a gRPC call or a REST exchange. Later streams reuse the object.
final class ServerStream: Stream, ServerCall {
  enum Work {
    case none
    case unary(Method)
    case streaming(Method, any StreamHandler)
    case rest
    case body(any BodySource)
  }

  var work = Work.none
  var machine = ServerCallMachine(takesOneMessage: true)
  var deadline: ContinuousClock.Instant?
  /// The moment at which the request of a unary call was complete, by `LatencyHistogram.now`; nil before.
  var began: Int?
  /// The task that inflates a message or makes the reply; nil when there is none.
  var task: (ticket: TaskPool.Ticket, pool: TaskPool)?
  /// The encoding of the request's messages.
  var encoding = MessageEncoding.identity
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
  /// The connection's peer and number, set with the head.
  var peer = Peer.unknown
  var connectionID: UInt64 = 0
  private var parsedMetadata: Metadata?

  /// Whether the connection asks the producer of a streamed answer; false while the producer waits for a wake.
  var isReady = false
  /// Whether the producer had nothing yet, and the connection asks it again in a later turn.
  var isAskedLater = false
  /// Whether request messages may wait until there is room for their answers.
  var waitsForRoom = false
  /// The stream's place in the connection's list of producers; -1 when it is not in the list.
  var producerIndex = -1
  /// The bytes of `received` for which the server has already given the window back to the peer.
  var windowGiven = 0
  /// The rates at which the peer takes the answer and sends the request.
  var output = RateWindow()
  var input = RateWindow()
  /// Whether a second has passed in which these rates were judged.
  var hasRates = false
  /// The bytes of a large head; they count until the stream closes.
  var headBytes = 0
  /// The bytes of the answer that nothing else holds; they count until the stream closes.
  var heldBytes = 0
  /// Whether the whole request waits for room for its answer.
  var isWaitingForMemory = false

  var metadata: Metadata {
    if let parsedMetadata { return parsedMetadata }
    // A `-bin` value that is not base64 fails the call before a handler sees it; see `Metadata.init`.
    let metadata = Metadata(head) ?? Metadata()
    parsedMetadata = metadata
    return metadata
  }

  var comesFromLoopback: Bool { peer.isLoopback && !head.isForwarded }
  var peerID: UInt64 { peer.id }
  var acceptsGzip: Bool { MessageEncoding.acceptsGzip(head) }

  override func reset() {
    super.reset()
    work = .none
    machine = ServerCallMachine(takesOneMessage: true)
    deadline = nil
    began = nil
    task = nil
    encoding = .identity
    if !initialMetadata.entries.isEmpty { initialMetadata = Metadata() }
    if !trailingMetadata.entries.isEmpty { trailingMetadata = Metadata() }
    if parsedMetadata != nil { parsedMetadata = nil }
    isReady = false
    isAskedLater = false
    waitsForRoom = false
    producerIndex = -1
    windowGiven = 0
    if hasRates { (output, input, hasRates) = (RateWindow(), RateWindow(), false) }
    headBytes = 0
    heldBytes = 0
    isWaitingForMemory = false
  }
}

extension ServerStream {
  /// The fields of the response's head, for messages of an encoding.
  static func headFields(_ encoding: MessageEncoding) -> [(name: String, value: String)] {
    let fields = [
      (name: ":status", value: "200"), ("content-type", "application/grpc"),
      ("grpc-accept-encoding", MessageEncoding.accepted),
    ]
    return encoding == .gzip ? fields + [("grpc-encoding", "gzip")] : fields
  }

  /// The head of the response: the loop's unless the handler set metadata.
  func head(_ loop: LoopState, _ encoding: MessageEncoding = .identity) -> Headers {
    guard initialMetadata.entries.isEmpty else {
      return Headers(Self.headFields(encoding) + initialMetadata.fields)
    }
    return encoding == .gzip ? loop.grpcGzipHead : loop.grpcHead
  }

  /// The trailers of a call that ends with OK: `usual` unless the handler set metadata.
  func trailers(_ usual: Headers) -> Headers {
    guard !trailingMetadata.entries.isEmpty else { return usual }
    return Headers(Status.ok.fields(trailingMetadata))
  }

  /// The only header block of a call that ends before its first message.
  func trailersOnly(_ status: Status) -> [(name: String, value: String)] {
    Self.headFields(.identity) + status.fields(trailingMetadata)
  }

  /// The response to a request for a gRPC method that does not follow the gRPC protocol.
  static func notGRPC(_ status: Int) -> [(name: String, value: String)] {
    switch status {
    case 405:
      [
        (":status", "405"), ("allow", "POST"), ("content-length", "0"), ("grpc-status", "13"),
        ("grpc-message", "a gRPC request is a POST"),
      ]
    default:
      [
        (":status", "\(status)"), ("content-length", "0"), ("grpc-status", "13"),
        ("grpc-message", "the content-type of a gRPC request begins with application/grpc"),
      ]
    }
  }

  /// Whether a part of the request is there, and the rest has to follow: of a whole request, or of a stream's message.
  var isRequestPartial: Bool {
    guard !isRemoteClosed else { return false }
    return switch work {
    case .unary, .rest: true
    case .streaming: !received.isEmpty && !waitsForRoom
    case .body, .none: false
    }
  }

  /// Whether `ticket` is the stream's present task; the first call that returns true forgets the task.
  func isDue(_ ticket: TaskPool.Ticket, of pool: TaskPool) -> Bool {
    guard let present = task, present.ticket == ticket, present.pool === pool else { return false }
    task = nil
    return true
  }
}
