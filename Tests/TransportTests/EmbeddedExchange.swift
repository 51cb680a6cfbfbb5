import HTTP
import Logging
import NIOCore
import NIOEmbedded

@testable import Transport

/// One answer of a server over HTTP/1.1, as a client reads it.
struct ReceivedAnswer: Equatable {
  var status = 0
  var fields: [String: String] = [:]
  var body = ""
  /// Whether the body has come to its end; a body without a length ends with the connection.
  var isWhole = false

  /// Reads the answers to requests with these methods, by their order; requests beyond them are GET.
  static func read(_ bytes: [UInt8], methods: [String] = []) -> [ReceivedAnswer] {
    var (rest, answers, requests) = (bytes[...], [ReceivedAnswer](), methods[...])
    while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
      var answer = ReceivedAnswer()
      let lines = text(rest[..<end.lowerBound]).split(separator: "\r\n")
      rest = rest[end.upperBound...]
      answer.status = lines.first.flatMap { Int($0.dropFirst("HTTP/1.1 ".count).prefix(3)) } ?? 0
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        answer.fields[line[..<colon].lowercased()] = line[colon...].dropFirst(2).lowercased()
      }
      if answer.status == 100 {
        answer.isWhole = true
      } else {
        answer.readBody(&rest, isHead: requests.popFirst() == "HEAD")
      }
      answers.append(answer)
    }
    return answers
  }

  private mutating func readBody(_ rest: inout ArraySlice<UInt8>, isHead: Bool) {
    isWhole = true
    if isHead || status == 204 || status == 304 { return }
    if let length = fields["content-length"].flatMap({ Int($0) }) {
      body = Self.text(rest.prefix(length))
      isWhole = rest.count >= length
      rest = rest.dropFirst(length)
    } else if fields["transfer-encoding"] == "chunked" {
      isWhole = false
      while !isWhole, let end = rest.firstRange(of: Array("\r\n".utf8)),
        let size = Int(Self.text(rest[..<end.lowerBound]), radix: 16)
      {
        body += Self.text(rest[end.upperBound...].prefix(size))
        rest = rest[end.upperBound...].dropFirst(size + 2)
        isWhole = size == 0
      }
    } else {
      body = Self.text(rest)
      rest = []
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A connection of the server whose event loop runs only when the test lets it, without a socket.
final class EmbeddedExchange {
  let channel = EmbeddedChannel()
  let core: ServerCore
  let gate = Gate()
  private let loop: LoopState
  private var bytes: [UInt8] = []

  init(_ configure: (inout Limits) -> Void = { _ in }) throws {
    var configuration = ServerConfiguration()
    configure(&configuration.limits)
    core = ServerCore(
      configuration: configuration, services: [], responder: Mirror(gate: gate), logger: Logger(label: "test"))
    loop = LoopState(eventLoop: channel.embeddedEventLoop)
    try channel.pipeline.syncOperations.addHandler(
      ProtocolSniffer(core: core, loop: loop, admission: Admission(peer: .unknown)))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
  }

  deinit {
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }

  var output: String { String(decoding: bytes, as: UTF8.self) }
  /// Whether the server has ended its side.
  var isClosed: Bool { !channel.isActive }

  func answers(methods: [String] = []) -> [ReceivedAnswer] {
    ReceivedAnswer.read(bytes, methods: methods)
  }

  /// Sends bytes, at most `size` at once, and runs the event loop.
  func send(_ bytes: some Collection<UInt8>, size: Int = .max) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty, channel.isActive {
      try channel.writeInbound(ByteBuffer(bytes: rest.prefix(size)))
      rest = rest.dropFirst(size)
      try run()
    }
  }

  func send(_ text: String, size: Int = .max) throws {
    try send(text.utf8, size: size)
  }

  /// The client ends its side.
  func endInput() throws {
    guard channel.isActive else { return }
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    try run()
  }

  /// Runs the turns that the connection has asked for.
  func run() throws {
    // A slow machine needs more than one turn.
    for _ in 0..<20 { channel.embeddedEventLoop.advanceTime(by: LoopState.pause) }
    while let bytes = try channel.readOutbound(as: ByteBuffer.self) { self.bytes += bytes.readableBytesView }
  }
}
