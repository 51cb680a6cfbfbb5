/// The names that need no name server: those of `/etc/hosts`, `localhost` and `invalid` (RFC 6761, sections 6.3 and 6.4).
struct HostsFile: Sendable {
  private var addresses: [Substring: [String]] = [:]

  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      // An address with a scope is valid on one link only.
      guard let address = words.first, !address.contains("%") else { continue }
      for name in words.dropFirst() { addresses[name.lowercased()[...], default: []].append(String(address)) }
    }
  }

  /// The result for a name; nil: a name server must be asked.
  func lookup(_ name: String) -> LookupOutcome? {
    var name = name.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    if let found = addresses[name[...]] { return .addresses(found.inTurn, lifetime: .zero) }
    switch name.split(separator: ".").last {
    case "localhost": return .addresses(["::1", "127.0.0.1"], lifetime: .zero)
    case "invalid": return .failure(.notFound)
    default: return nil
    }
  }
}

extension [String] {
  /// The addresses without repetitions, IPv6 and IPv4 in turn (RFC 8305, section 4).
  var inTurn: [String] {
    var seen: Set<String> = []
    let distinct = filter { seen.insert($0).inserted }
    let long = distinct.filter { $0.contains(":") }
    let short = distinct.filter { !$0.contains(":") }
    let pairs = zip(long, short).flatMap { [$0, $1] }
    let paired = Swift.min(long.count, short.count)
    return pairs + long.dropFirst(paired) + short.dropFirst(paired)
  }
}
