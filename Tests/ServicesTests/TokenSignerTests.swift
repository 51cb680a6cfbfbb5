import Testing

@testable import Services

@Suite struct TokenSignerTests {
  private static let longText =
    "This is a test using a larger than block-size key and a larger than block-size data. "
    + "The key needs to be hashed before being used by the HMAC algorithm."

  @Test(
    arguments: [
      (
        [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        Array(1...25), [UInt8](repeating: 0xCD, count: 50),
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
      ),
      ([UInt8](repeating: 0x0C, count: 20), Array("Test With Truncation".utf8), "a3b6167473100ee06e0c796c2955552b"),
      (
        [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      (
        [UInt8](repeating: 0xAA, count: 131), Array(longText.utf8),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
      ),
    ] as [([UInt8], [UInt8], String)])
  func `a code is that of RFC 4231`(key: [UInt8], data: [UInt8], code: String) {
    #expect(hex(TokenSigner(key: key).code(of: data)).hasPrefix(code))
  }

  @Test func `an empty key and an empty message have a code`() {
    // Of an empty key and an empty message, as any HMAC-SHA256 computes it.
    let code = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    #expect(hex(TokenSigner(key: []).code(of: [])) == code)
  }

  @Test func `codes are compared in their whole length`() {
    let code = TokenSigner(key: [1]).code(of: [2])
    #expect(TokenSigner.isEqual(code, code))
    for index in code.indices {
      var other = code
      other[index] ^= 1
      #expect(!TokenSigner.isEqual(code, other))
    }
    #expect(!TokenSigner.isEqual(code, Array(code.dropLast())))
    #expect(!TokenSigner.isEqual(code, code + [0]))
    #expect(!TokenSigner.isEqual(code, []))
  }
}

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { (String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)) }.joined()
}
