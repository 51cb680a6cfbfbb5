/// The domains in which a name that is not absolute is looked up, as in `resolv.conf`.
struct SearchList: Hashable, Sendable {
  /// The number of dots from which on a name is first looked up as it is written.
  var leastDots = 1
  var domains: [String] = []

  /// The longest name of the DNS, in bytes (RFC 1035, section 2.3.4).
  private static let longestName = 253

  /// The absolute names to look up, one after the other.
  func candidates(for name: String) -> [String] {
    if name.hasSuffix(".") { return [name] }
    let longer = domains.map { $0.isEmpty || $0 == "." ? name : "\(name).\($0)" }
      .filter { $0 != name && $0.utf8.count <= Self.longestName }
    let dots = name.utf8.count { $0 == UInt8(ascii: ".") }
    return dots >= leastDots ? [name] + longer : longer + [name]
  }
}
