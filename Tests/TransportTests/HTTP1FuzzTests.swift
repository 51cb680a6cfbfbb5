import HTTP
import TestKit
import Testing

@testable import Transport

/// Pipelines of valid requests with random damage.
@Suite struct HTTP1FuzzTests {
  private static let requests = [
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nt: u\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n", "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://x/d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
  ]
  private static let scraps = [
    "\r\n", "\n", "\r", " ", "\0", ":", "\t", "\u{fc}", "0", "-", ",", "Content-Length: 3\r\n", "Host: y\r\n",
    "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "CONNECT x:1 HTTP/1.1\r\n", "\r\n\r\n", "HTTP/1.0",
  ].map { Array($0.utf8) }

  private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: Self.scraps.randomElement(using: &random) ?? [], at: place)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.insert(contentsOf: [UInt8](repeating: bytes[place], count: 20_000), at: place)
    default: bytes.removeLast(bytes.count - place)
    }
  }

  private func statuses(_ bytes: [UInt8], size: Int) throws -> ([Int], isClosed: Bool) {
    let exchange = try EmbeddedExchange()
    try exchange.send(bytes, size: size)
    let isClosed = exchange.isClosed
    try exchange.endInput()
    #expect(exchange.isClosed)
    let lines = exchange.output.split(separator: "HTTP/1.1 ").map { Int($0.prefix(3)) ?? 0 }
    return (lines, isClosed)
  }

  @Test(arguments: 0..<8)
  func `damaged requests are answered or refused, however they are cut, and the connection ends`(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<200 {
      let count = Int.random(in: 1...4, using: &random)
      var bytes = (0..<count).flatMap { _ in Array((Self.requests.randomElement(using: &random) ?? "").utf8) }
      for _ in 0..<Int.random(in: 0...3, using: &random) { damage(&bytes, &random) }
      let whole = try statuses(bytes, size: .max)
      let cut = try statuses(bytes, size: Int.random(in: 1...2_000, using: &random))
      // A client whose body has begun gets no 100, and that depends on the cuts.
      #expect(whole.0.filter { $0 != 100 } == cut.0.filter { $0 != 100 } && whole.isClosed == cut.isClosed)
      let known: Set = [100, 200, 400, 413, 414, 417, 431, 501]
      #expect(whole.0.allSatisfy { known.contains($0) }, "\(whole.0)")
    }
  }
}
