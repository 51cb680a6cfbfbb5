import NIOCore
import NIOHTTP1

/// Takes a `Content-Length` that is there twice with one value as there once (RFC 9110 section 8.6), which NIO's parser
/// refuses. It stands before the parser, and holds the head of each response until that is whole.
final class RepeatedLength: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// What came of the head so far; nil while no head is expected.
  private var held: ByteBuffer?
  /// The bytes of it that hold no end of a head.
  private var scanned = 0
  /// The informational heads before the final one.
  private var interimHeads = 0
  /// What is longer, or has more informational heads, goes on as it is: the parser refuses it, or the answer is no HTTP.
  private static let limit = 80 << 10
  private static let interimLimit = 16

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .head = unwrapOutboundIn(data) { (held, scanned, interimHeads) = (ByteBuffer(), 0, 0) }
    context.write(data, promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard var head = held.take() else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    // A head comes in one piece almost always, so nothing is copied.
    if head.readableBytes == 0 { head = bytes } else { head.writeBuffer(&bytes) }
    while true {
      guard Self.mayBeHTTP(head.readableBytesView), interimHeads < Self.interimLimit else { break }
      guard let length = headLength(head.readableBytesView) else {
        guard head.readableBytes <= Self.limit else { break }
        held = head
        return
      }
      let view = head.readableBytesView.prefix(length)
      let lines = view.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      scanned = 0
      let mended = Self.mended(lines)
      // Another head follows one of 100 to 199.
      let isInterim = Self.isInterim(lines)
      guard isInterim || mended != nil else { break }
      guard let whole = head.readSlice(length: length) else { break }
      context.fireChannelRead(wrapInboundOut(mended ?? whole))
      guard isInterim else { break }
      interimHeads += 1
    }
    if head.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(head)) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let head = held.take(), head.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(head)) }
    context.fireChannelInactive()
  }

  private static func mayBeHTTP(_ bytes: ByteBufferView) -> Bool {
    zip(bytes, "HTTP/".utf8).allSatisfy { $0 == $1 }
  }

  /// The length of the head with the empty line that ends it; nil: it is not whole.
  private func headLength(_ bytes: ByteBufferView) -> Int? {
    let start = bytes.startIndex
    for index in (start + scanned)..<bytes.endIndex where bytes[index] == UInt8(ascii: "\n") {
      let line = bytes[start..<index].suffix(2)
      if line.last == UInt8(ascii: "\n") || line.elementsEqual("\n\r".utf8) { return index - start + 1 }
    }
    scanned = bytes.count
    return nil
  }

  private static func isInterim(_ lines: [ByteBufferView]) -> Bool {
    lines.first?.split(separator: UInt8(ascii: " ")).dropFirst().first?.first == UInt8(ascii: "1")
  }

  /// The head with its length once; nil: it is there once already, or with several values.
  private static func mended(_ lines: [ByteBufferView]) -> ByteBuffer? {
    let values = lines.filter(isLength).flatMap { line in
      line.drop { $0 != UInt8(ascii: ":") }.dropFirst().split(separator: UInt8(ascii: ",")).map { value in
        value.filter { $0 > 0x20 }
      }
    }
    guard values.count > 1, Set(values).count == 1 else { return nil }
    var head = ByteBuffer()
    var isWritten = false
    for (index, line) in lines.enumerated() {
      if !isLength(line) {
        head.writeBytes(line)
      } else if !isWritten {
        isWritten = true
        head.writeString("content-length: ")
        head.writeBytes(values[0])
        head.writeString("\r")
      } else {
        continue
      }
      if index < lines.count - 1 { head.writeString("\n") }
    }
    return head
  }

  private static func isLength(_ line: ByteBufferView) -> Bool {
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    return name.count == 14 && name.lazy.map { $0 | 0x20 }.elementsEqual("content-length".utf8)
  }
}
