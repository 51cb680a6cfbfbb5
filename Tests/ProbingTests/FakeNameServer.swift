import NIOCore
import NIOPosix
import Synchronization

/// A name server on a UDP port of loopback that answers each name as a test says, and remembers what it was asked.
final class FakeNameServer: Sendable {
  enum Script: Sendable {
    case addresses([String], lifetime: UInt32)
    /// There is no such name (RFC 1035, RCODE 3).
    case unknown
    /// The server cannot say (RCODE 2).
    case broken
    case silence
    /// As the script says, after a while.
    case late(after: Duration, [String])
    /// Addresses of IPv4, and those of IPv6 after a while; nil: never.
    case staggered([String], after: Duration?)
    /// Addresses of IPv4, and SERVFAIL for those of IPv6.
    case halfBroken([String])
  }

  struct Question: Hashable, Sendable {
    var name: String
    var type: UInt16
  }

  private let channel: any Channel
  private let memory: Memory

  fileprivate final class Memory: Sendable {
    let scripts: Mutex<[String: Script]>
    let questions = Mutex<[Question]>([])

    init(_ scripts: [String: Script]) {
      self.scripts = Mutex(scripts)
    }
  }

  private init(_ channel: any Channel, _ memory: Memory) {
    self.channel = channel
    self.memory = memory
  }

  /// The address and port, as c-ares reads them.
  var address: String { "127.0.0.1:\(channel.localAddress?.port ?? 0)" }
  var questions: [Question] { memory.questions.withLock { $0 } }

  /// Names without a script are unknown.
  static func start(_ scripts: [String: Script]) async throws -> FakeNameServer {
    let memory = Memory(scripts)
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(QuestionHandler(memory))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return FakeNameServer(channel, memory)
  }

  func set(_ name: String, _ script: Script) {
    memory.scripts.withLock { $0[name] = script }
  }

  func stop() async throws {
    try await channel.close()
  }
}

private final class QuestionHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  private let memory: FakeNameServer.Memory

  init(_ memory: FakeNameServer.Memory) {
    self.memory = memory
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = unwrapInboundIn(data)
    guard let (question, length) = Self.question(envelope.data) else { return }
    memory.questions.withLock { $0.append(question) }
    let answer = Answer(query: envelope.data.getSlice(at: 0, length: length) ?? ByteBuffer(), question)
    switch memory.scripts.withLock({ $0[question.name] }) ?? .unknown {
    case .addresses(let addresses, let lifetime):
      send(answer.records(addresses, lifetime), envelope.remoteAddress, context)
    case .unknown: send(answer.failure(3), envelope.remoteAddress, context)
    case .broken: send(answer.failure(2), envelope.remoteAddress, context)
    case .silence: break
    case .staggered(let addresses, _) where question.type == 1:
      send(answer.records(addresses, 60), envelope.remoteAddress, context)
    case .staggered(_, after: nil): break
    case .late(let delay, let addresses), .staggered(let addresses, let .some(delay)):
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
        let (handler, context) = bound.value
        handler.send(answer.records(addresses, 0), envelope.remoteAddress, context)
      }
    case .halfBroken(let addresses):
      let bytes = question.type == 1 ? answer.records(addresses, 0) : answer.failure(2)
      send(bytes, envelope.remoteAddress, context)
    }
  }

  private func send(_ bytes: ByteBuffer, _ to: SocketAddress, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: to, data: bytes)), promise: nil)
  }

  /// The question of a query, and the length of the query up to its end.
  private static func question(_ query: ByteBuffer) -> (FakeNameServer.Question, length: Int)? {
    var reader = query
    reader.moveReaderIndex(forwardBy: 12)
    var labels: [String] = []
    while let length = reader.readInteger(as: UInt8.self), length > 0 {
      guard let label = reader.readString(length: Int(length)) else { return nil }
      labels.append(label)
    }
    guard let type = reader.readInteger(as: UInt16.self), reader.readInteger(as: UInt16.self) != nil else { return nil }
    return (FakeNameServer.Question(name: labels.joined(separator: "."), type: type), reader.readerIndex)
  }
}

/// The answers to one query.
private struct Answer: Sendable {
  /// Its header and question.
  let query: ByteBuffer
  let type: UInt16

  init(query: ByteBuffer, _ question: FakeNameServer.Question) {
    self.query = query
    type = question.type
  }

  func failure(_ code: UInt16) -> ByteBuffer {
    message(code: code, records: [])
  }

  /// The records of the family that was asked for.
  func records(_ addresses: [String], _ lifetime: UInt32) -> ByteBuffer {
    let records = addresses.compactMap { text -> ByteBuffer? in
      guard let address = try? SocketAddress(ipAddress: text, port: 0),
        (type == 1) == (address.protocol == .inet), let bytes = Self.bytes(address)
      else { return nil }
      var record = ByteBuffer()
      // A pointer to the name of the question, type, class, time to live and data.
      record.writeMultipleIntegers(UInt16(0xc00c), type, UInt16(1), lifetime, UInt16(bytes.count))
      record.writeBytes(bytes)
      return record
    }
    return message(code: 0, records: records)
  }

  private func message(code: UInt16, records: [ByteBuffer]) -> ByteBuffer {
    var message = query
    message.setInteger(0x8180 | code, at: message.readerIndex + 2)
    for (index, count) in [1, UInt16(records.count), 0, 0].enumerated() {
      message.setInteger(count, at: message.readerIndex + 4 + 2 * index)
    }
    for record in records { message.writeImmutableBuffer(record) }
    return message
  }

  private static func bytes(_ address: SocketAddress) -> [UInt8]? {
    switch address {
    case .v4: address.ipAddress?.split(separator: ".").compactMap { UInt8($0) }
    // Tests use addresses such as `::1` alone.
    case .v6: address.ipAddress == "::1" ? [UInt8](repeating: 0, count: 15) + [1] : nil
    case .unixDomainSocket: nil
    }
  }
}
