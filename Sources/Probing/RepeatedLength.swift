import NIOCore
import NIOHTTP1

/// Takes a `Content-Length` that is there twice with one value as there once (RFC 9110 section 8.6), which NIO's parser
/// refuses. It stands before the parser, and holds the head of each response until that is whole.
final class RepeatedLength: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// The head so far; nil while no head is expected.
  private var head: ByteBuffer?
  /// A longer head goes on as it is: the parser refuses it.
  private static let limit = 80 << 10

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .head = unwrapOutboundIn(data) { head = ByteBuffer() }
    context.write(data, promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard var head else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    head.writeBuffer(&bytes)
    self.head = head
    guard let length = Self.headLength(head.readableBytesView) else {
      if head.readableBytes > Self.limit { pass(head, context) }
      return
    }
    let rest = ByteBuffer(head.readableBytesView.dropFirst(length))
    let lines = Self.lines(head.readableBytesView.prefix(length))
    // Another head follows one of 100 to 199.
    let isInformational = lines.first?.split(separator: UInt8(ascii: " ")).dropFirst().first?.first == UInt8(ascii: "1")
    guard isInformational else {
      var whole = Self.mended(lines) ?? ByteBuffer(head.readableBytesView.prefix(length))
      whole.writeImmutableBuffer(rest)
      return pass(whole, context)
    }
    context.fireChannelRead(wrapInboundOut(ByteBuffer(head.readableBytesView.prefix(length))))
    self.head = ByteBuffer()
    if rest.readableBytes > 0 { channelRead(context: context, data: NIOAny(rest)) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let head, head.readableBytes > 0 { pass(head, context) }
    context.fireChannelInactive()
  }

  private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    head = nil
    context.fireChannelRead(wrapInboundOut(bytes))
  }

  /// The length of the head with the empty line that ends it; nil: it is not whole.
  private static func headLength(_ bytes: ByteBufferView) -> Int? {
    for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
      let line = bytes[..<index].suffix(2)
      if line.last == UInt8(ascii: "\n") || line.elementsEqual("\n\r".utf8) { return index - bytes.startIndex + 1 }
    }
    return nil
  }

  private static func lines(_ head: ByteBufferView) -> [ByteBufferView] {
    head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  /// The head with its length once; nil: it is there once already, or with several values.
  private static func mended(_ lines: [ByteBufferView]) -> ByteBuffer? {
    let lengths = lines.filter(isLength)
    let values = lengths.flatMap { line in
      line.drop { $0 != UInt8(ascii: ":") }.dropFirst().split(separator: UInt8(ascii: ",")).map { value in
        value.filter { $0 > 0x20 }
      }
    }
    guard values.count > 1, Set(values).count == 1 else { return nil }
    var head = ByteBuffer()
    var isWritten = false
    for (index, line) in lines.enumerated() {
      if isLength(line) {
        if isWritten { continue }
        isWritten = true
        head.writeString("content-length: ")
        head.writeBytes(values[0])
        head.writeString("\r")
      } else {
        head.writeBytes(line)
      }
      if index < lines.count - 1 { head.writeString("\n") }
    }
    return head
  }

  private static func isLength(_ line: ByteBufferView) -> Bool {
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    return name.count == 14 && name.lazy.map { $0 | 0x20 }.elementsEqual("content-length".utf8.map { $0 | 0x20 })
  }
}
