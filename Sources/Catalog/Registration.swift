/// A client's claim of an engine, as the client requested it, which lasts while the client keeps its lease alive.
/// Stored under `registration/<lease id>` without the time of expiry, so that a keep-alive writes nothing.
package struct Registration: Hashable, Sendable {
  /// The lease's id: at most 64 characters of a-z, 0-9 and `-`.
  package var leaseID: String
  /// The namespace of the engine's models.
  package var namespace: String
  /// The engine's URL, as the server reaches it.
  package var url: String
  /// The engine's dialect; empty means that the server detects it.
  package var kind: String
  /// The engine's id; empty means that the server derives it from the engine's address.
  package var engineID: String
  /// The engine's cluster; empty means the server's own.
  package var cluster: String
  /// Labels that every model of the engine carries.
  package var labels: [String: String]
  /// The environment variable that holds the engine's key; never the key itself. At most one of `keyEnv` and `keyFile`
  /// is set.
  package var keyEnv: String
  /// The path of a file on the server's machine that holds the engine's key.
  package var keyFile: String
  /// How the engine is asked, as texts by the options' names.
  package var options: [String: String]
  /// How long the lease lives without a keep-alive, in whole milliseconds.
  package var ttl: Duration

  package init(
    leaseID: String, namespace: String = defaultNamespace, url: String, kind: String = "", engineID: String = "",
    cluster: String = "", labels: [String: String] = [:], keyEnv: String = "", keyFile: String = "",
    options: [String: String] = [:], ttl: Duration = usualTTL
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
    self.options = options
    self.ttl = ttl
  }
}

extension Registration {
  /// The allowed range of `ttl`.
  package static let ttlRange: ClosedRange<Duration> = .seconds(5) ... .seconds(86_400)
  /// The `ttl` of a registration that names none.
  package static let usualTTL = Duration.seconds(30)

  /// Whether a text can be the id of a lease.
  package static func isLeaseID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || byte == UInt8(ascii: "-")
      }
  }

  /// A new random id of 26 characters with 128 random bits, so that no client guesses another client's.
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

/// A lease in its present state.
package struct EngineLease: Hashable, Sendable {
  /// The id by which a client keeps the lease alive and ends it.
  package var leaseID: String
  /// How long the lease lives without a keep-alive.
  package var ttl: Duration
  /// When the lease ends without another keep-alive.
  package var expiresAt: Timestamp

  package init(leaseID: String, ttl: Duration, expiresAt: Timestamp) {
    self.leaseID = leaseID
    self.ttl = ttl
    self.expiresAt = expiresAt
  }
}

/// Why the server does not register an engine, or does not keep or end its lease.
package enum RegistrationError: Error, Hashable {
  /// A field of the request is invalid. The text is the reason.
  case invalid(field: String, String)
  /// Another engine already has this id.
  case engineExists(id: String)
  /// A lease of this id belongs to another namespace.
  case leaseExists(leaseID: String)
  /// Another call works on this lease at the same time.
  case busy(leaseID: String)
  /// The server has reached its limit of leases.
  case tooMany(Int)
  case noLease(leaseID: String)
  /// No client has registered an engine of this id in the namespace.
  case noRegistration(engineID: String, namespace: String)
  case store(StoreError)
}
