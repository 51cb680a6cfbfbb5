import GRPC
import HTTP
import HTTP2

/// One request on an HTTP/2 connection of the server: a gRPC call or a REST exchange. Reused from stream to stream.
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
  /// When the request of a unary call was whole, by `LatencyHistogram.now`; nil before.
  var began: Int?
  /// The task that makes the reply.
  var task: TaskPool.Ticket?
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
  /// Of its connection; set with the head.
  var peerIsLoopback = false
  private var parsedMetadata: Metadata?

  /// Whether the producer of a streamed answer has to be asked; it is not while it waits for a wake.
  var isReady = false
  /// It had nothing yet and is asked again in a later turn.
  var isAskedLater = false
  /// Request messages may be waiting until there is room for the answers.
  var waitsForRoom = false
  /// Place in the connection's list of streams that produce; -1 when it is not in it.
  var producerIndex = -1
  /// Bytes of `received` whose window the peer already has back.
  var windowGiven = 0
  /// When outgoing bytes were last taken, and how many there were then.
  var lastProgress: ContinuousClock.Instant?
  var lastOutgoing = 0

  var metadata: Metadata {
    if let parsedMetadata { return parsedMetadata }
    // A `-bin` value that is not base64 fails the call before a handler sees it; see `Metadata.init`.
    let metadata = Metadata(head) ?? Metadata()
    parsedMetadata = metadata
    return metadata
  }

  override func reset() {
    super.reset()
    work = .none
    machine = ServerCallMachine(takesOneMessage: true)
    deadline = nil
    began = nil
    task = nil
    if !initialMetadata.entries.isEmpty { initialMetadata = Metadata() }
    if !trailingMetadata.entries.isEmpty { trailingMetadata = Metadata() }
    if parsedMetadata != nil { parsedMetadata = nil }
    isReady = false
    isAskedLater = false
    waitsForRoom = false
    producerIndex = -1
    windowGiven = 0
    lastProgress = nil
    lastOutgoing = 0
  }
}

extension ServerStream {
  /// `usual` unless the handler set metadata.
  func head(_ usual: Headers) -> Headers {
    guard !initialMetadata.entries.isEmpty else { return usual }
    return Headers([(":status", "200"), ("content-type", "application/grpc")] + initialMetadata.fields)
  }

  /// The trailers of a call that went well.
  func trailers(_ usual: Headers) -> Headers {
    guard !trailingMetadata.entries.isEmpty else { return usual }
    return Headers(Status.ok.fields(trailingMetadata))
  }

  /// The one header block of a call that ends before its first message.
  func trailersOnly(_ status: Status) -> [(name: String, value: String)] {
    [(":status", "200"), ("content-type", "application/grpc")] + status.fields(trailingMetadata)
  }

  /// The answer to a gRPC path that is not asked as gRPC is.
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

  /// Whether nothing of the answer was taken for longer than `limit`.
  func isStalled(now: ContinuousClock.Instant, after limit: Duration) -> Bool {
    if outgoingByteCount > 0, outgoingByteCount == lastOutgoing, let lastProgress { return now - lastProgress > limit }
    lastProgress = now
    lastOutgoing = outgoingByteCount
    return false
  }

  /// Whether the answer that comes with `ticket` is still this stream's; once.
  func isDue(_ ticket: TaskPool.Ticket) -> Bool {
    guard task == ticket else { return false }
    task = nil
    return true
  }
}
