/// Reads a number of the text format: decimal, with an exponent or without, or `Inf` or `NaN` in any case; nil for
/// anything else, and for more than 1,024 characters.
func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
  guard !range.isEmpty, range.count <= 1_024 else { return nil }
  var index = range.lowerBound
  let isNegative = bytes[index] == UInt8(ascii: "-")
  if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
  var mantissa: UInt64 = 0
  var (digits, fraction, hasPoint) = (0, 0, false)
  while index < range.upperBound {
    if let digit = digit(bytes[index]) {
      // Past 19 digits the value is of no use, but only that: it is read again below.
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
  // Both are exact, so the one rounding of the product or quotient is the right one.
  if digits <= 15, power.magnitude < powersOfTen.count {
    let scale = powersOfTen[Int(power.magnitude)]
    let value = power < 0 ? Double(mantissa) / scale : Double(mantissa) * scale
    return isNegative ? -value : value
  }
  return Double(text(bytes, range))
}

/// An exponent, which may have a sign; so large that it makes no difference above six digits.
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

/// Those that a double holds exactly.
private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
