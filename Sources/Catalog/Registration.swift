/// A claim of an engine for as long as its lease is kept alive, as it was asked for. Stored under
/// `registration/<lease id>`, without the time at which it ends: keeping it alive writes nothing.
package struct Registration: Hashable, Sendable {
  /// At most 64 of a-z, 0-9 and `-`.
  package var leaseID: String
  package var namespace: String
  package var url: String
  /// Empty: to be detected.
  package var kind: String
  /// Empty: to be made of where the engine is.
  package var engineID: String
  /// Empty: the server's own.
  package var cluster: String
  package var labels: [String: String]
  /// Where the engine's key is found; never the key. One of them at most is not empty.
  package var keyEnv: String
  package var keyFile: String
  /// How long it lives without being kept alive, in whole milliseconds.
  package var ttl: Duration

  package init(
    leaseID: String, namespace: String = defaultNamespace, url: String, kind: String = "", engineID: String = "",
    cluster: String = "", labels: [String: String] = [:], keyEnv: String = "", keyFile: String = "",
    ttl: Duration = usualTTL
  ) {
    self.leaseID = leaseID
    self.namespace = namespace
    self.url = url
    self.kind = kind
    self.engineID = engineID
    self.cluster = cluster
    self.labels = labels
    self.keyEnv = keyEnv
    self.keyFile = keyFile
    self.ttl = ttl
  }
}

extension Registration {
  package static let ttlRange: ClosedRange<Duration> = .seconds(5) ... .seconds(86_400)
  package static let usualTTL = Duration.seconds(30)

  /// Whether a text can be the id of a lease.
  package static func isLeaseID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || byte == UInt8(ascii: "-")
      }
  }

  /// A new random id: 26 characters, 128 bits, so that no client guesses another's.
  package static func newLeaseID() -> String {
    let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var (high, low) = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
    let bytes = (0..<26).map { _ in
      let digit = digits[Int(low & 31)]
      (low, high) = (low >> 5 | high << 59, high >> 5)
      return digit
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A lease as it is now.
package struct EngineLease: Hashable, Sendable {
  package var leaseID: String
  package var ttl: Duration
  /// When it ends unless it is kept alive.
  package var expiresAt: Timestamp

  package init(leaseID: String, ttl: Duration, expiresAt: Timestamp) {
    self.leaseID = leaseID
    self.ttl = ttl
    self.expiresAt = expiresAt
  }
}

/// Why a claim of an engine is not made, kept or ended.
package enum RegistrationError: Error, Hashable {
  /// `field` of the request is no such thing, and why.
  case invalid(field: String, String)
  /// Another engine has this id.
  case engineExists(id: String)
  /// A lease of this id belongs to another namespace.
  case leaseExists(leaseID: String)
  /// Another call is about this lease just now.
  case busy(leaseID: String)
  /// There are so many leases already.
  case tooMany(Int)
  case noLease(leaseID: String)
  /// No client has registered an engine of this id in the namespace.
  case noRegistration(engineID: String, namespace: String)
  case store(StoreError)
}
