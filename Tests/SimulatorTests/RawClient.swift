import NIOCore
import NIOPosix
import Synchronization

/// One request on a connection of its own, and every byte that came back until the engine closed it.
struct RawAnswer {
  var status = 0
  var headers: [String: String] = [:]
  var body = ""
  /// Whether the body is as long as its content-length says.
  var isWhole = false

  init(_ bytes: ByteBuffer) {
    let text = String(buffer: bytes)
    guard let end = text.range(of: "\r\n\r\n") else { return }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    for line in lines.dropFirst() {
      let pair = line.split(separator: ":", maxSplits: 1)
      headers[String(pair[0])] = String(pair[1].dropFirst())
    }
    body = String(text[end.upperBound...])
    isWhole = body.utf8.count == headers["content-length"].flatMap { Int($0) }
  }
}

/// `url` is `http://127.0.0.1:port`. Throws when the connection is refused.
func ask(
  _ url: String, _ method: String = "GET", _ path: String, _ body: String = "", headers: [String] = []
) async throws -> RawAnswer {
  let port = url.split(separator: ":").last.flatMap { Int($0) } ?? 0
  let done = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: ByteBuffer.self)
  let channel: any Channel
  do {
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Gatherer(done))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
  } catch {
    done.fail(error)
    _ = try? await done.futureResult.get()
    throw error
  }
  let lines = ["\(method) \(path) HTTP/1.1", "host: 127.0.0.1:\(port)", "connection: close"] + headers
  let head = lines.joined(separator: "\r\n") + "\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
  try await channel.writeAndFlush(ByteBuffer(string: head + body))
  return RawAnswer(try await done.futureResult.get())
}

private final class Gatherer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var bytes = ByteBuffer()
  private let done: EventLoopPromise<ByteBuffer>

  init(_ done: EventLoopPromise<ByteBuffer>) {
    self.done = done
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var part = unwrapInboundIn(data)
    bytes.writeBuffer(&part)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    done.succeed(bytes)
  }
}

extension String {
  /// The range of the first occurrence.
  func range(of other: String) -> Range<String.Index>? {
    let (text, wanted) = (utf8, Array(other.utf8))
    var start = text.startIndex
    while let candidate = text[start...].firstIndex(of: wanted[0]) {
      if text[candidate...].starts(with: wanted) {
        return candidate..<text.index(candidate, offsetBy: wanted.count)
      }
      start = text.index(after: candidate)
    }
    return nil
  }
}
