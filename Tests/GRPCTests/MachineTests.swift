import GRPC
import HTTP2
import Messages
import TestKit
import Testing

@Suite struct ServerCallMachineTests {
  @Test func `a unary call takes one message and an end`() {
    var machine = ServerCallMachine(takesOneMessage: true)
    #expect(machine.receivedMessage() == nil)
    #expect(machine.receivedEnd(leftOver: 0) == nil)
    #expect(machine.sendMessage() == .headThenMessage)
    #expect(machine.end() == .trailers)
    #expect(machine.end() == .nothing && machine.isEnded)
  }

  @Test func `a call that fails before its first message ends with trailers only`() {
    var machine = ServerCallMachine(takesOneMessage: true)
    #expect(machine.end() == .trailersOnly)
    #expect(machine.sendMessage() == .nothing)
  }

  @Test func `a call with no message, two messages or half a message is refused`() {
    var none = ServerCallMachine(takesOneMessage: true)
    #expect(none.receivedEnd(leftOver: 0)?.code == .unimplemented)
    var two = ServerCallMachine(takesOneMessage: true)
    #expect(two.receivedMessage() == nil)
    #expect(two.receivedMessage()?.code == .unimplemented)
    var half = ServerCallMachine(takesOneMessage: false)
    #expect(half.receivedEnd(leftOver: 3)?.code == .internal)
  }

  @Test func `a streamed request has any number of messages`() {
    var machine = ServerCallMachine(takesOneMessage: false)
    for _ in 0..<10 { #expect(machine.receivedMessage() == nil) }
    #expect(machine.receivedEnd(leftOver: 0) == nil)
    #expect(machine.receivedMessage()?.code == .internal)
  }
}

@Suite struct RequestHeadTests {
  private struct Answering: Service {
    let description = ServiceDescription(
      name: "a.B",
      methods: [
        MethodDescription(name: "Get", path: "/a.B/Get", clientStreaming: false, serverStreaming: false),
        MethodDescription(name: "Gone", path: "/a.B/Gone", clientStreaming: false, serverStreaming: false),
      ])

    func handler(for method: MethodDescription) -> Handler? {
      method.name == "Get" ? .unary { request, _ in .message([request]) } : nil
    }
  }

  /// What becomes of a request, as a word.
  private func read(_ fields: [(String, String)]) throws -> String {
    let pair = SessionPair()
    _ = pair.client.request(Headers(fields))
    try pair.exchange()
    for case .head(let stream) in pair.server.takeEvents() {
      switch RequestHead.read(stream.head, MethodTable([Answering()])) {
      case .call(let method, let timeout, let encoding):
        return "call \(method.description.name) \(timeout.map { "\($0)" } ?? "-")"
          + (encoding == .gzip ? " gzip" : "")
      case .status(let status, let method):
        let cause = status.message.hasSuffix("is not supported: send identity or gzip") ? "encoding " : ""
        return "\(status.code.name) \(cause)\(method?.description.name ?? "-")"
      case .http(let status): return "HTTP \(status)"
      case .other: return "other"
      }
    }
    return "nothing"
  }

  private func fields(
    _ path: String, method: String = "POST", type: String? = "application/grpc", _ more: [(String, String)] = []
  ) -> [(String, String)] {
    [(":method", method), (":scheme", "http"), (":path", path), (":authority", "x")]
      + (type.map { [("content-type", $0)] } ?? []) + more
  }

  @Test func `a call is recognised by its method, path and content-type`() throws {
    #expect(try read(fields("/a.B/Get")) == "call Get -")
    #expect(try read(fields("/a.B/Get", type: "application/grpc+proto")) == "call Get -")
    #expect(try read(fields("/a.B/Get", type: "application/grpc; x=y")) == "call Get -")
    #expect(try read(fields("/a.B/Get", [("grpc-timeout", "5S")])) == "call Get 5.0 seconds")
    #expect(try read(fields("/a.B/Get", [("grpc-encoding", "identity")])) == "call Get -")
    #expect(try read(fields("/a.B/Get", [("grpc-encoding", "gzip")])) == "call Get - gzip")
    #expect(
      try read(fields("/a.B/Get", [("grpc-encoding", "gzip"), ("grpc-timeout", "5S")])) == "call Get 5.0 seconds gzip")
  }

  @Test func `a wrong request gets the answer of the specification`() throws {
    #expect(try read(fields("/a.B/Gone")) == "UNIMPLEMENTED Gone")
    #expect(try read(fields("/a.B/Other")) == "UNIMPLEMENTED -")
    #expect(try read(fields("/")) == "UNIMPLEMENTED -")
    #expect(try read(fields("/a.B/Get", [("grpc-timeout", "soon")])) == "INTERNAL Get")
    for encoding in [
      "deflate", "x-gzip", "Gzip", "gzip,gzip", "snappy", "zpaq", "", "Identity", "identity,gzip", "\u{e9}",
    ] {
      #expect(
        try read(fields("/a.B/Get", [("grpc-encoding", encoding)])) == "UNIMPLEMENTED encoding Get", "\(encoding)")
    }
    #expect(try read(fields("/a.B/Get", method: "GET")) == "HTTP 405")
    #expect(try read(fields("/a.B/Get", type: "application/json")) == "HTTP 415")
    #expect(try read(fields("/a.B/Get", type: nil)) == "HTTP 415")
    #expect(try read(fields("/a.B/Get", type: "application/grpc-web")) == "HTTP 415")
  }

  @Test(arguments: [
    (["gzip"], true), (["identity,gzip"], true), (["identity, deflate, gzip"], true),
    (["deflate", "x ,\t gzip\t, y"], true),
    ([",,gzip,"], true), ([], false), ([""], false), (["identity"], false), (["gzip;q=0"], false),
    (["xgzip,gzipx"], false),
    (["GZIP"], false), (["gz ip"], false),
  ])
  func `the client takes gzip only where its list has it`(lists: [String], accepts: Bool) throws {
    let pair = SessionPair()
    _ = pair.client.request(
      Headers(fields("/a.B/Get", lists.map { ("grpc-accept-encoding", $0) })))
    try pair.exchange()
    for case .head(let stream) in pair.server.takeEvents() {
      #expect(MessageEncoding.acceptsGzip(stream.head) == accepts)
    }
  }

  @Test func `any other request is not gRPC`() throws {
    #expect(try read(fields("/v1/models", method: "GET", type: nil)) == "other")
    #expect(try read(fields("/v1/models", type: "application/json")) == "other")
    #expect(try read(fields("/a.B/Get", method: "GET", type: nil)) == "other")
  }
}

@Suite struct ClientCallMachineTests {
  private func status(_ more: [(String, String)]) throws -> (status: Status?, encoding: MessageEncoding) {
    let pair = SessionPair()
    let stream = try #require(pair.request("/a", []))
    try pair.exchange()
    for case .head(let stream) in pair.server.takeEvents() {
      pair.server.respond(stream, Headers([(":status", "200"), ("content-type", "application/grpc")] + more))
    }
    try pair.exchange()
    var machine = ClientCallMachine()
    machine.receivedHead(stream.head)
    return (machine.status, machine.encoding)
  }

  @Test func `the response's messages have the encoding of its head`() throws {
    #expect(try status([]) == (nil, .identity))
    #expect(try status([("grpc-encoding", "identity")]) == (nil, .identity))
    #expect(try status([("grpc-encoding", "gzip")]) == (nil, .gzip))
  }

  @Test(arguments: ["snappy", "identity,gzip", "", "GZIP"])
  func `a response in an encoding that the client does not support is INTERNAL`(encoding: String) throws {
    let status = try #require(try status([("grpc-encoding", encoding)]).status)
    #expect(status.code == .internal)
    #expect(status.message.contains("grpc-encoding \(encoding)") && status.message.contains("identity and gzip"))
  }
}

@Suite struct MetadataTests {
  @Test func `reserved and unsendable metadata entries are left out`() {
    var metadata = Metadata()
    metadata.append("x-ok", "yes")
    metadata.append("grpc-status", "0")
    metadata.append("content-type", "text/plain")
    metadata.append("X-Upper", "no")
    metadata.append("x-bad", "line\nbreak")
    metadata.append("x-bin", binary: [1, 2])
    #expect(metadata.fields.map { "\($0.name)=\($0.value)" } == ["x-ok=yes", "x-bin=AQI"])
  }

  @Test func `joined binary values are split, and broken values are refused`() throws {
    let pair = SessionPair()
    _ = pair.request("/a", [("x-bin", "AQI,Aw=="), ("x", "1"), ("x", "2"), ("grpc-timeout", "1S")])
    _ = pair.request("/b", [("x-bin", "!")])
    try pair.exchange()
    let heads = pair.server.takeEvents().compactMap { event in
      if case .head(let stream) = event { stream.head } else { nil }
    }
    let metadata = try #require(Metadata(heads[0]))
    #expect(metadata.values("x-bin") == [[1, 2], [3]])
    #expect(metadata.values("x") == [[49], [50]])
    #expect(metadata["grpc-timeout"] == nil)
    #expect(Metadata(heads[1]) == nil && !Metadata.isReadable(heads[1]) && Metadata.isReadable(heads[0]))
  }
}
