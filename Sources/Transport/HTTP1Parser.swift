import HTTPTypes
import NIOCore

/// Parses the requests of one HTTP/1.1 connection, strictly: lines end with CRLF, and a message that two parties could
/// read in two ways is refused (RFC 9112 section 11). It keeps at most one head, and stops after each request until its
/// owner asks for the next.
struct HTTP1Parser {
  enum Event {
    /// A whole head: the owner calls `receiveBody`, or parses no further.
    case head(HTTP1Head)
    case body(ByteBuffer)
    /// The request is complete.
    case end
    /// The bytes are no request, or pass a limit; nothing is parsed any more.
    case refusal(HTTP1Refusal)
  }

  private enum State {
    case head
    /// The owner decides on the head.
    case decision
    /// This many bytes of a body without chunks are left.
    case body(Int)
    case chunkSize
    case chunk(Int)
    case chunkEnd
    case trailers
    case refused
  }

  /// The largest number of hexadecimal digits in the size of a chunk.
  private static let sizeDigits = 16

  private let maxHeadSize: Int
  private let maxFieldCount: Int
  private let maxBodySize: Int
  private var state = State.head
  /// The bytes of the head, or of one line between chunks.
  private var bytes: [UInt8] = []
  /// The place in `bytes` where the present line begins.
  private var lineStart = 0
  private var request: (method: HTTPRequest.Method, target: String, isOld: Bool)?
  private var fields: [HTTP1Head.Field] = []
  private var bodySize = 0
  /// The bytes of chunk extensions and trailers.
  private var extraSize = 0
  private var emptyLines = 0
  /// The request line and the fields that arrived before the head was refused; nil when the request line did not.
  private(set) var refusedHead: HTTP1Head?

  /// - Parameters:
  ///   - maxHeadSize: the size of a whole head with its request line; also of all that a body has beside its content.
  ///   - maxFieldCount: the number of a request's fields, trailers included.
  ///   - maxBodySize: the size of a body.
  init(maxHeadSize: Int, maxFieldCount: Int, maxBodySize: Int) {
    (self.maxHeadSize, self.maxFieldCount, self.maxBodySize) = (maxHeadSize, maxFieldCount, maxBodySize)
  }

  /// Whether a part of a head has arrived.
  var hasPartOfHead: Bool { if case .head = state { !bytes.isEmpty } else { false } }

  /// Accepts the head that was parsed last: its body follows.
  mutating func receiveBody(_ framing: HTTP1Framing) {
    guard case .decision = state else { return }
    (bodySize, extraSize) = (0, 0)
    switch framing {
    case .length(let length): state = .body(length)
    case .chunked: state = .chunkSize
    }
  }

  /// The next event, whose bytes it removes from `input`; nil when it needs more bytes or a decision.
  mutating func next(_ input: inout ByteBuffer) -> Event? {
    do throws(HTTP1Refusal) {
      return try step(&input)
    } catch {
      state = .refused
      refusedHead = request.map {
        HTTP1Head(method: $0.method, target: $0.target, isOld: $0.isOld, bytes: bytes, fields: fields)
      }
      bytes = []
      fields = []
      return .refusal(error)
    }
  }

  private mutating func step(_ input: inout ByteBuffer) throws(HTTP1Refusal) -> Event? {
    while true {
      switch state {
      case .decision, .refused: return nil
      case .head:
        guard try takeLine(&input, room: maxHeadSize - bytes.count) else {
          if input.readableBytes == 0 { return nil }
          throw request == nil ? .targetTooLong : .headTooLarge
        }
        if let head = try takeHeadLine() { return .head(head) }
      case .body(let left):
        guard left > 0 else { return end() }
        guard let slice = take(&input, left) else { return nil }
        state = .body(left - slice.readableBytes)
        return .body(slice)
      case .chunkSize:
        guard try takeBodyLine(&input, Self.sizeDigits + 2) else { return nil }
        try takeChunkSize()
      case .chunk(let left):
        guard let slice = take(&input, left) else { return nil }
        state = left == slice.readableBytes ? .chunkEnd : .chunk(left - slice.readableBytes)
        return .body(slice)
      case .chunkEnd:
        lineStart = 0
        guard try takeLine(&input, room: 2 - bytes.count) else {
          if input.readableBytes == 0, bytes.isEmpty || bytes == [HTTP1Grammar.carriageReturn] { return nil }
          throw .malformed("A chunk is longer than its size.")
        }
        bytes.removeAll(keepingCapacity: true)
        state = .chunkSize
      case .trailers:
        guard try takeBodyLine(&input, 2) else { return nil }
        if bytes.count == 2 { return end() }
        try takeField()
        extraSize += bytes.count
        bytes.removeAll(keepingCapacity: true)
      }
    }
  }

  private mutating func end() -> Event {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    state = .head
    return .end
  }

  private func take(_ input: inout ByteBuffer, _ count: Int) -> ByteBuffer? {
    let count = min(count, input.readableBytes)
    return count > 0 ? input.readSlice(length: count) : nil
  }

  // MARK: Lines

  /// Appends the bytes of a line to `bytes`, at most `room`. Returns whether the line is complete.
  private mutating func takeLine(_ input: inout ByteBuffer, room: Int) throws(HTTP1Refusal) -> Bool {
    let (count, isComplete) = try lineEnd(input, room)
    if bytes.isEmpty { bytes.reserveCapacity(min(input.readableBytes, 1_024)) }
    bytes.append(contentsOf: input.readableBytesView.prefix(count))
    input.moveReaderIndex(forwardBy: count)
    return isComplete
  }

  private func lineEnd(_ input: ByteBuffer, _ room: Int) throws(HTTP1Refusal) -> (count: Int, isComplete: Bool) {
    let span = input.readableBytesUInt8Span
    let end = min(span.count, max(room, 0))
    var isAfterReturn = bytes.count > lineStart && bytes.last == HTTP1Grammar.carriageReturn
    var count = 0
    while count < end {
      let byte = span[count]
      count += 1
      if isAfterReturn {
        guard byte == HTTP1Grammar.lineFeed else { break }
        return (count, true)
      }
      isAfterReturn = byte == HTTP1Grammar.carriageReturn
      guard isAfterReturn || HTTP1Grammar.isText(byte) else { throw .malformed("The bytes are no HTTP/1.1 request.") }
      if count == end { return (count, false) }
    }
    guard count == 0 else { throw .malformed("A line of the request does not end with CRLF.") }
    return (0, false)
  }

  /// Takes a line inside of a body; `standard` is the size that counts towards no limit.
  private mutating func takeBodyLine(_ input: inout ByteBuffer, _ standard: Int) throws(HTTP1Refusal) -> Bool {
    lineStart = 0
    if try takeLine(&input, room: standard + maxHeadSize - extraSize - bytes.count) { return true }
    if input.readableBytes > 0 { throw .headTooLarge }
    return false
  }

  /// Takes the line that `bytes` ends with. Returns the head when the line ends it.
  private mutating func takeHeadLine() throws(HTTP1Refusal) -> HTTP1Head? {
    defer { lineStart = bytes.count }
    let isEmpty = bytes.count == lineStart + 2
    guard let request else {
      if isEmpty {
        // Some old clients send an empty line behind a body (RFC 9112 section 2.2).
        emptyLines += 1
        guard emptyLines <= 2 else { throw .malformed("The bytes are no HTTP/1.1 request.") }
        bytes.removeAll(keepingCapacity: true)
      } else {
        try takeRequestLine()
      }
      return nil
    }
    guard isEmpty else {
      try takeField()
      return nil
    }
    let head = HTTP1Head(
      method: request.method, target: request.target, isOld: request.isOld, bytes: bytes, fields: fields)
    self.request = nil
    bytes = []
    emptyLines = 0
    state = .decision
    return head
  }

  private mutating func takeRequestLine() throws(HTTP1Refusal) {
    let line = bytes.dropLast(2)
    guard let first = line.firstIndex(of: HTTP1Grammar.space), let last = line.lastIndex(of: HTTP1Grammar.space),
      first > 0, last > first + 1, line[..<first].allSatisfy({ HTTP1Grammar.isToken($0) }),
      !line[first + 1..<last].contains(where: { $0 == HTTP1Grammar.space || $0 == HTTP1Grammar.tab }),
      let method = HTTPRequest.Method(String(decoding: line[..<first], as: UTF8.self))
    else { throw .malformed("The request line is not METHOD TARGET HTTP/1.1.") }
    // A later minor version is read as the latest one known (RFC 9110 section 6.2).
    let version = line[(last + 1)...]
    guard version.count == 8, version.starts(with: "HTTP/1.".utf8), let minor = version.last,
      HTTP1Grammar.isDigit(minor)
    else { throw .malformed("The request's version is not HTTP/1.1.") }
    request = (method, String(decoding: line[first + 1..<last], as: UTF8.self), minor == UInt8(ascii: "0"))
  }

  /// Takes the field in the line that begins at `lineStart`.
  private mutating func takeField() throws(HTTP1Refusal) {
    guard fields.count < maxFieldCount else { throw .tooManyFields }
    var value = lineStart..<bytes.count - 2
    guard let colon = bytes[value].firstIndex(of: UInt8(ascii: ":")), colon > lineStart,
      bytes[lineStart..<colon].allSatisfy({ HTTP1Grammar.isToken($0) })
    else { throw .malformed("A header field is not NAME: VALUE.") }
    value = colon + 1..<value.upperBound
    while let first = value.first, isBlank(first) { value.removeFirst() }
    while let last = value.last, isBlank(last) { value.removeLast() }
    fields.append(HTTP1Head.Field(name: lineStart..<colon, value: value))
  }

  private func isBlank(_ index: Int) -> Bool {
    bytes[index] == HTTP1Grammar.space || bytes[index] == HTTP1Grammar.tab
  }

  private mutating func takeChunkSize() throws(HTTP1Refusal) {
    let line = bytes.dropLast(2)
    let digits = line.prefix { HTTP1Grammar.hexValue($0) != nil }
    let rest = line[digits.endIndex...]
    guard !digits.isEmpty, digits.count <= Self.sizeDigits, rest.isEmpty || rest.first == UInt8(ascii: ";") else {
      throw .malformed("The size of a chunk is not a hexadecimal number.")
    }
    extraSize += rest.count
    var size = 0
    for digit in digits {
      size = size << 4 | (HTTP1Grammar.hexValue(digit) ?? 0)
      guard size <= maxBodySize - bodySize else { throw .bodyTooLarge(maxBodySize) }
    }
    bodySize += size
    bytes.removeAll(keepingCapacity: true)
    state = size == 0 ? .trailers : .chunk(size)
  }
}
