import Catalog
import Testing

@testable import Services

@Suite struct PageTokenTests {
  @Test(
    arguments: [
      ("", ModelKey(namespace: "default", id: "meta-llama/Llama-3")),
      ("team-a", ModelKey(namespace: "team-a", id: "é😀")),
      ("x", ModelKey(namespace: "x", id: "")),
      ("", ModelKey(namespace: "", id: "a\u{0}b")),
    ], [.list(at: 0), .list(at: .max), .diff(from: 1_735_689_600_000_250, to: -1)] as [PageToken.Kind])
  func `a token comes back as it was`(asked: (namespace: String, key: ModelKey), kind: PageToken.Kind) {
    let token = PageToken(kind, namespace: asked.namespace, last: asked.key)
    #expect(PageToken(token.text) == token)
  }

  private static let zero = [UInt8](repeating: 0, count: 8)

  @Test(
    arguments: [
      [], [0], [2], [2] + zero, [2] + zero.dropLast() + [97, 0, 97], [1] + zero + [0, 97, 0, 97], [2] + zero + [0],
      [2] + zero + [97, 0, 97], [2] + zero + [0, 0xFF, 0, 97], [2] + zero + [0xFF, 0, 97, 0, 97],
      [2] + zero + [97, 0, 97, 0, 0xC3], [3] + zero + [97, 0, 97, 0, 97], [4] + zero + zero + [97, 0, 97, 0, 97],
    ] as [[UInt8]])
  func `bytes that are no token are refused`(bytes: [UInt8]) {
    #expect(PageToken(Base64URL.encode(bytes)) == nil)
  }

  @Test(arguments: ["=", "AQ==", "a b", "AQ\n", "é", "A", "AR", "+/8A"])
  func `text that is no base64url is refused`(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func `base64url is the one of RFC 4648`() {
    let vectors = ["": "", "f": "Zg", "fo": "Zm8", "foo": "Zm9v", "foob": "Zm9vYg", "fooba": "Zm9vYmE"]
    for (plain, encoded) in vectors {
      #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
      #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
  }
}
