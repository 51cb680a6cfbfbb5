package import Fleet

/// What the resolver knows of a host name.
package enum NameAnswer: Hashable, Sendable {
  /// The addresses in the order in which to try them, IPv6 and IPv4 in turn; never empty.
  case addresses([String])
  case failure(NameFailure)
}

/// Why a host name has no address.
package enum NameFailure: Hashable, Sendable {
  /// The name server says that there is no such name, or that the name has no address.
  case notFound
  /// No name server answers, or none can say.
  case noAnswer
  /// The query did not reach the network, for a reason of this process.
  case own(OwnFailure)
}

/// The end of one lookup.
enum LookupOutcome: Hashable, Sendable {
  /// `lifetime`: the least time to live of the records.
  case addresses([String], lifetime: Duration)
  case failure(NameFailure)
}
