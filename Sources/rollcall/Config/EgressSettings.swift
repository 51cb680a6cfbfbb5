internal import Fleet
internal import HTTP

/// The places at which engines may be, as one layer states them; an empty list: the layer does not state it.
struct EgressSettings: Equatable {
  var allowed: [AddressRange] = []
  var denied: [AddressRange] = []
  var schemes: [String] = []

  /// Joins layers, the highest first. The highest layer that allows addresses or schemes replaces the lower ones, and
  /// what any layer denies is denied.
  static func policy(of layers: [EgressSettings]) -> EgressPolicy {
    var policy = EgressPolicy()
    policy.allowed = layers.lazy.map(\.allowed).first { !$0.isEmpty } ?? []
    policy.denied = layers.flatMap(\.denied)
    if let schemes = layers.lazy.map(\.schemes).first(where: { !$0.isEmpty }) { policy.schemes = Set(schemes) }
    return policy
  }
}

/// Parses a scheme of engines' URLs. Throws `CommandError`.
func parseEngineScheme(_ text: String) throws -> String {
  guard EgressPolicy().schemes.contains(text.lowercased()) else {
    throw CommandError("\"\(text)\" is no scheme of an engine: write http or https")
  }
  return text.lowercased()
}
