/// The secret that signs the tokens that clients hand back.
enum SigningKey {
  static func random() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in .random(in: .min ... .max, using: &generator) }
  }
}
