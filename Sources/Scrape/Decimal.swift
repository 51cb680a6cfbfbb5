/// Reads a number of the text format: decimal with an optional exponent, or `Inf` or `NaN` in any case. nil for any
/// other text, and for more than 1,024 characters.
func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
  guard !range.isEmpty, range.count <= 1_024 else { return nil }
  var index = range.lowerBound
  let isNegative = bytes[index] == UInt8(ascii: "-")
  if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
  var mantissa: UInt64 = 0
  var (digits, fraction, hasPoint) = (0, 0, false)
  while index < range.upperBound {
    if let digit = digit(bytes[index]) {
      // Past 19 digits this overflows; the code below then reads the number again in another way.
      mantissa = mantissa &* 10 &+ UInt64(digit)
      digits += 1
      if hasPoint { fraction += 1 }
    } else if bytes[index] == UInt8(ascii: "."), !hasPoint {
      hasPoint = true
    } else {
      break
    }
    index += 1
  }
  guard digits > 0 else { return word(bytes, index..<range.upperBound).map { isNegative ? -$0 : $0 } }
  var exponent = 0
  if index < range.upperBound {
    guard bytes[index] | 0x20 == UInt8(ascii: "e"), let read = whole(bytes, index + 1..<range.upperBound) else {
      return nil
    }
    exponent = read
  }
  let power = exponent - fraction
  // Both operands are exact, so the result is rounded only once, and correctly.
  if digits <= 15, power.magnitude < powersOfTen.count {
    let scale = powersOfTen[Int(power.magnitude)]
    let value = power < 0 ? Double(mantissa) / scale : Double(mantissa) * scale
    return isNegative ? -value : value
  }
  return Double(text(bytes, range))
}

/// Reads an exponent with an optional sign. Above six digits it returns a value so large that the exact value makes no
/// difference.
private func whole(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  var index = range.lowerBound
  guard index < range.upperBound else { return nil }
  let isNegative = bytes[index] == UInt8(ascii: "-")
  if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
  guard index < range.upperBound else { return nil }
  var value = 0
  while index < range.upperBound {
    guard let digit = digit(bytes[index]) else { return nil }
    value = min(value * 10 + digit, 1_000_000)
    index += 1
  }
  return isNegative ? -value : value
}

private func word(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
  switch text(bytes, range).lowercased() {
  case "inf", "infinity": .infinity
  case "nan": .nan
  default: nil
  }
}

private func digit(_ byte: UInt8) -> Int? {
  UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? Int(byte - UInt8(ascii: "0")) : nil
}

/// The powers of ten that a `Double` represents exactly.
private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
