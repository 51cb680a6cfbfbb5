import CCrypto

/// Signs bytes, so that the service accepts only its own: HMAC-SHA256 (RFC 2104, FIPS 180-4) by libcrypto.
struct TokenSigner: Sendable {
  private let key: [UInt8]

  init(key: [UInt8]) {
    self.key = key
  }

  /// The 32 bytes of the signature over some bytes.
  func code(of bytes: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    let done = unsafe HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, &count)
    // HMAC fails only when memory runs out.
    guard unsafe done != nil, count == code.count else { preconditionFailure("libcrypto has no HMAC-SHA256") }
    return code
  }

  /// The 32 bytes of the SHA-256 of some bytes.
  static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe SHA256(bytes, bytes.count, &digest)
    return digest
  }

  /// Whether two signatures are equal; the comparison takes the same time wherever they differ.
  static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe CRYPTO_memcmp(a, b, a.count) == 0
  }
}
