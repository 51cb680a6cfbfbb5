import Catalog
import GRPC
import Testing

@testable import Services

@Suite struct PageTokenTests {
  private static let signer = TokenSigner(key: Array(0..<32))
  private static let mark = QueryFingerprint(.namespace("team-a"), filter: "state = READY", order: "id desc")
  private static let values: [OrderValue] = [
    .absent, .text(""), .text("é😀"), .number(.min), .number(7), .real(-0.5), .real(.infinity), .text("a\u{0}b"),
  ]
  private static let plain = PageToken(
    .list(revision: 1_735_689_600_000_250), mark,
    last: TokenPosition(ListPosition(values: values, key: ModelKey(namespace: "team-a", id: "meta-llama/Llama-3"))))

  @Test(
    arguments: [
      ModelKey(namespace: "default", id: "meta-llama/Llama-3"), ModelKey(namespace: "x", id: ""),
      ModelKey(namespace: "", id: "a\u{0}é"),
    ], [.list(revision: 0), .list(revision: .max), .past(revision: 7), .diff(from: 1, to: -1)] as [PageToken.Kind])
  func `a token is decoded as it was encoded`(key: ModelKey, kind: PageToken.Kind) {
    for values in [[], Self.values, [.text("x")]] {
      let position = ListPosition(values: values, key: key)
      let token = PageToken(kind, Self.mark, last: TokenPosition(position))
      let found = PageToken(token.text(Self.signer), Self.signer)
      #expect(found == token)
      #expect(found?.last.position(.byKey, own: nil) == position)
    }
  }

  @Test func `a token with any bit changed is refused`() throws {
    let bytes = try #require(Base64.decode(Self.plain.text(Self.signer).utf8, .url))
    for bit in 0..<bytes.count * 8 {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(PageToken(Base64.encode(other, .url), Self.signer) == nil)
    }
  }

  @Test func `a token that is cut short or extended is refused`() throws {
    let text = Self.plain.text(Self.signer)
    for count in 0..<text.utf8.count { #expect(PageToken(String(text.prefix(count)), Self.signer) == nil) }
    for more in ["A", "AA", "=", " ", text] { #expect(PageToken(text + more, Self.signer) == nil) }
    #expect(PageToken(String(text.dropFirst()), Self.signer) == nil)
  }

  @Test func `a token that another key signed is refused`() {
    #expect(PageToken(Self.plain.text(TokenSigner(key: Array(1..<33))), Self.signer) == nil)
    #expect(PageToken(Self.plain.text(TokenSigner(key: [])), Self.signer) == nil)
  }

  /// As they were given out before they were sealed.
  @Test(arguments: [[], [2], [2] + zero + [97, 0, 97, 0, 97], [3] + zero + zero + [0, 97, 0, 97]] as [[UInt8]])
  func `bytes that are not signed are refused`(bytes: [UInt8]) {
    #expect(PageToken(Base64.encode(bytes, .url), Self.signer) == nil)
    let code = [UInt8](repeating: 0, count: 16)
    #expect(PageToken(Base64.encode(bytes + code, .url), Self.signer) == nil)
  }

  private static let zero = [UInt8](repeating: 0, count: 8)
  private static let key: [UInt8] = [0, 1, 97, 0, 1, 98]

  /// What no version has sealed; only a key that got out could make them.
  @Test(
    arguments: [
      [], [0], [1], [1, 1], [0, 1] + zero + zero + zero + zero + key + [0],
      [1, 0] + zero + zero + zero + zero + key + [0],
      [1, 4] + zero + zero + zero + zero + key + [0], [1, 1] + zero + zero + zero + zero + key,
      [1, 1] + zero + zero + zero + zero + key + [1], [1, 1] + zero + zero + zero + zero + key + [1, 5],
      [1, 1] + zero + zero + zero + zero + key + [0, 0], [1, 1] + zero + zero + zero + zero + [0, 9, 97, 0, 1, 98, 0],
      [1, 1] + zero + zero + zero + zero + [0, 1, 0xFF, 0, 1, 98, 0],
      [1, 1] + zero + zero + zero + zero + key + [1, 2, 0, 0], [1, 3] + zero + zero + zero + zero + key + [0],
    ] as [[UInt8]])
  func `signed bytes that are not a token are refused`(bytes: [UInt8]) {
    let text = Base64.encode(bytes + Self.signer.code(of: bytes).prefix(16), .url)
    #expect(PageToken(text, Self.signer) == nil)
  }

  @Test(
    arguments: [
      (QueryFingerprint(.namespace("team-a"), filter: "state = READY", order: "id desc"), nil),
      (QueryFingerprint(.all, filter: "state = READY", order: "id desc"), "namespace"),
      (QueryFingerprint(.distinct(preferred: "team-a"), filter: "state = READY", order: "id desc"), "namespace"),
      (QueryFingerprint(.namespace("team-b"), filter: "state = READY", order: "id desc"), "namespace"),
      (QueryFingerprint(.namespace("team-a"), filter: "", order: "id desc"), "filter"),
      (QueryFingerprint(.namespace("team-a"), filter: "state = ready", order: "id desc"), "filter"),
      (QueryFingerprint(.namespace("team-a"), filter: "state = READY", order: ""), "order_by"),
      (QueryFingerprint(.namespace("team-a"), filter: "state = READY", order: "id"), "order_by"),
    ] as [(QueryFingerprint, String?)])
  func `a token of another request names the part that differs`(mark: QueryFingerprint, part: String?) {
    let difference = Self.mark.difference(from: mark)
    #expect((difference == nil) == (part == nil))
    if let part { #expect(difference?.contains(part) == true) }
  }

  @Test(arguments: [1, 8]) func `no token is longer than the limit`(fields: Int) {
    let long = String(repeating: "é", count: 2_048)
    let id = String(repeating: "i", count: Observation.identifierLimit)
    let texts = ListPosition(
      values: Array(repeating: .text(long), count: fields), key: ModelKey(namespace: id, id: id))
    let numbers = ListPosition(values: Array(repeating: .number(-1), count: fields), key: texts.key)
    for position in [texts, numbers] {
      let token = PageToken(.diff(from: -1, to: -1), Self.mark, last: TokenPosition(position))
      let text = token.text(Self.signer)
      #expect(text.utf8.count <= PageToken.maxTextCount)
      #expect(PageToken(text, Self.signer) == token)
    }
    // It must fit into an address, a header field and, once more in base64, into the details of a status.
    #expect(PageToken.maxTextCount < 3_000)
  }

  @Test(arguments: ["=", "AQ==", "a b", "AQ\n", "é", "A", "AR", "+/8A"])
  func `text that is not base64url is refused`(text: String) {
    #expect(Base64.decode(text.utf8, .url) == nil)
  }

  @Test func `base64url is that of RFC 4648`() {
    let vectors = ["": "", "f": "Zg", "fo": "Zm8", "foo": "Zm9v", "foob": "Zm9vYg", "fooba": "Zm9vYmE"]
    for (plain, encoded) in vectors {
      #expect(Base64.encode(Array(plain.utf8), .url) == encoded)
      #expect(Base64.decode(encoded.utf8, .url) == Array(plain.utf8))
    }
    #expect(Base64.encode([0xFB, 0xFF], .url) == "-_8")
  }
}
