import GRPC
import HTTP
import HTTP2
import HTTPTypes

/// REST over HTTP/2: a stream becomes a `Request`, its `Response` becomes frames.
extension HTTP2ServerHandler {
  func runREST(_ stream: ServerStream) {
    guard case .rest = stream.work else { return }
    guard stream.received.count <= core.configuration.maxBodySize else {
      return respondItself(stream, OpenAIError.contentTooLarge(limit: core.configuration.maxBodySize).response)
    }
    guard let request = Request(stream) else {
      return respondItself(stream, OpenAIError.invalid("The request has no method or path.").response)
    }
    switch core.responder.respond(to: request) {
    case .now(let response): respond(stream, response, isHead: request.method == .head)
    case .later(let later): start(later, on: stream, isHead: request.method == .head)
    }
  }

  /// With an answer that no route gave.
  func respondItself(_ stream: ServerStream, _ response: Response, isHead: Bool = false) {
    core.responder.answeredItself(response.status.code)
    respond(stream, response, isHead: isHead)
  }

  func respond(_ stream: ServerStream, _ response: Response, isHead: Bool = false) {
    stream.work = .none
    defer {
      if !stream.isRemoteClosed {
        forgetReceived(stream)
        stopReading(stream)
      }
    }
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
      addProducer(stream)
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
  fileprivate init?(_ stream: ServerStream) {
    let head = stream.head
    guard let method = head.methodIs(get) ? .get : HTTPRequest.Method(head.method) else { return nil }
    let target = head.path
    guard !target.isEmpty else { return nil }
    let received = stream.received
    self.init(
      method: method, target: target, fields: stream,
      body: received.count == 0 ? [] : Array(received.bytes[received.start...]), peerIsLoopback: stream.peerIsLoopback)
  }
}

private let get = Array("GET".utf8)

extension ServerStream: RequestFields {
  func value(of name: String) -> String? {
    head.joinedValue(name)
  }
}
