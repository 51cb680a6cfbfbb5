internal import CNghttp2
internal import Glibc

/// The rules for the fields of a request's head and trailers (RFC 9113 sections 8.1 to 8.3), field by field, as nghttp2 has
/// them. nghttp2's own know no exception, and health checks of proxies come without an authority.
struct RequestRules {
  private struct Seen: OptionSet {
    let rawValue: UInt8

    static let method = Seen(rawValue: 1)
    static let scheme = Seen(rawValue: 2)
    static let path = Seen(rawValue: 4)
    static let authority = Seen(rawValue: 8)
    static let host = Seen(rawValue: 16)
    static let all: Seen = [.method, .scheme, .path]
  }

  private enum Method {
    case connect
    case options
    case other
  }

  private enum Path {
    case regular
    case asterisk
    case other
  }

  private var seen: Seen = []
  private var method = Method.other
  private var path = Path.other
  private var isWeb = false
  /// Whether a field that is no pseudo-header field has come: no further one may.
  private var pseudoFieldsHaveEnded = false
  private let isTrailer: Bool
  /// Whether a field broke a rule.
  private(set) var isMalformed = false
  private var length: Int?

  init(isTrailer: Bool = false) {
    self.isTrailer = isTrailer
  }

  /// Whether the whole head makes a request, apart from its authority.
  var isRequest: Bool {
    guard !isMalformed else { return false }
    if method == .connect { return seen.contains(.authority) }
    guard seen.isSuperset(of: .all) else { return false }
    return !isWeb || path == .regular || (path == .asterisk && method == .options)
  }

  /// The length of the body that the request states; nil: none, or what follows CONNECT, which is no body.
  var contentLength: Int? { method == .connect ? nil : length }

  /// Whether the head names a host, in `:authority` or `host`.
  var hasAuthority: Bool { !seen.isDisjoint(with: [.authority, .host]) }

  /// Judges a field. Returns whether the block may still be well-formed.
  @inline(__always)
  mutating func judge(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
    guard !isMalformed else { return false }
    if unsafe name.count > 0 && name[0] == UInt8(ascii: ":") {
      isMalformed = unsafe isTrailer || pseudoFieldsHaveEnded || !takes(pseudoField: name, value)
    } else {
      pseudoFieldsHaveEnded = true
      // Names have no capitals, either (RFC 9113 section 8.2.1).
      isMalformed =
        unsafe nghttp2_check_header_name(name.baseAddress, name.count) == 0 || !takes(field: name, value)
    }
    return !isMalformed
  }

  /// Takes a pseudo-header field; returns whether it may come.
  private mutating func takes(pseudoField name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool
  {
    switch name.count {
    case 5 where unsafe equals(name, ":path"):
      guard method != .connect, unsafe nghttp2_check_path(value.baseAddress, value.count) != 0 else { return false }
      if unsafe value.count > 0 && value[0] == UInt8(ascii: "/") {
        path = .regular
      } else if unsafe equals(value, "*") {
        path = .asterisk
      }
      return note(.path, value.count)
    case 7 where unsafe equals(name, ":method"):
      guard unsafe nghttp2_check_method(value.baseAddress, value.count) != 0 else { return false }
      if unsafe equals(value, "CONNECT") {
        guard seen.isDisjoint(with: [.path, .scheme]) else { return false }
        method = .connect
      } else if unsafe equals(value, "OPTIONS") {
        method = .options
      }
      return note(.method, value.count)
    case 7 where unsafe equals(name, ":scheme"):
      guard method != .connect, unsafe isScheme(value) else { return false }
      isWeb = unsafe equalsIgnoringCase(value, "http") || equalsIgnoringCase(value, "https")
      return note(.scheme, value.count)
    case 10 where unsafe equals(name, ":authority"):
      guard unsafe nghttp2_check_authority(value.baseAddress, value.count) != 0 else { return false }
      return value.isEmpty ? !seen.contains(.authority) : note(.authority, value.count)
    default: return false
    }
  }

  /// Takes any other field; returns whether it may come.
  private mutating func takes(field name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
    if unsafe name.count == 4 && equals(name, "host") {
      guard unsafe nghttp2_check_authority(value.baseAddress, value.count) != 0 else { return false }
      return value.isEmpty ? !seen.contains(.host) : note(.host, value.count)
    }
    guard unsafe nghttp2_check_header_value_rfc9113(value.baseAddress, value.count) != 0 else { return false }
    switch name.count {
    case 2 where unsafe equals(name, "te"): return unsafe equalsIgnoringCase(value, "trailers")
    case 7: return unsafe !equals(name, "upgrade")
    case 10: return unsafe !equals(name, "connection") && !equals(name, "keep-alive")
    case 14 where unsafe equals(name, "content-length"):
      guard length == nil, let stated = unsafe number(value) else { return false }
      length = stated
      return true
    case 16: return unsafe !equals(name, "proxy-connection")
    case 17: return unsafe !equals(name, "transfer-encoding")
    default: return true
    }
  }

  /// Notes a field that comes once and has a value; returns whether it does.
  private mutating func note(_ field: Seen, _ count: Int) -> Bool {
    count > 0 && seen.insert(field).inserted
  }
}

private func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
  unsafe bytes.count == text.utf8CodeUnitCount
    && (bytes.isEmpty || memcmp(bytes.baseAddress!, text.utf8Start, bytes.count) == 0)
}

private func equalsIgnoringCase(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
  guard bytes.count == text.utf8CodeUnitCount else { return false }
  for index in bytes.indices where unsafe bytes[index] | 0x20 != text.utf8Start[index] { return false }
  return true
}

/// Whether this is a scheme (RFC 3986 section 3.1).
private func isScheme(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let first = unsafe bytes.first, isLetter(first) else { return false }
  return unsafe bytes.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 43 || $0 == 45 || $0 == 46 }
}

private func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

/// A number of digits; nil when it is none, or too large.
private func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
  guard !bytes.isEmpty else { return nil }
  var number = 0
  for index in bytes.indices {
    let digit = unsafe bytes[index]
    guard (48...57).contains(digit) else { return nil }
    let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
    let (sum, isOver) = product.addingReportingOverflow(Int(digit) - 48)
    guard !isTooLarge, !isOver else { return nil }
    number = sum
  }
  return number
}
