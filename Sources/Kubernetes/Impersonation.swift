/// The user, the groups and further attributes as whom an API server takes a request (`as`, `as-uid`, `as-groups` and
/// `as-user-extra` of a kubeconfig). The server asks whether the credential may do so.
struct Impersonation: Hashable, Sendable {
  /// The names and values of the headers, in the order in which they are sent; empty: the request is the user's own.
  private(set) var headers: [Header] = []

  struct Header: Hashable, Sendable {
    var name: String
    var value: String
  }

  /// The names of the headers are those of client-go (`transport.ImpersonateUserHeader` and the others).
  init(_ user: KubeConfigUser) throws(KubeError) {
    let groups = user.subjectGroups ?? []
    let extra = (user.subjectExtra ?? [:]).mapValues { $0 ?? [] }
    guard let subject = user.subject, !subject.isEmpty else {
      guard groups.isEmpty, extra.isEmpty, (user.subjectUID ?? "").isEmpty else {
        throw KubeError("as-uid, as-groups and as-user-extra need the user that 'as' names")
      }
      return
    }
    try add("Impersonate-User", subject)
    if let uid = user.subjectUID, !uid.isEmpty { try add("Impersonate-Uid", uid) }
    for group in groups { try add("Impersonate-Group", group) }
    for (name, values) in extra.sorted(by: { $0.key < $1.key }) {
      for value in values { try add("Impersonate-Extra-" + Self.escaped(name), value) }
    }
  }

  private mutating func add(_ name: String, _ value: String) throws(KubeError) {
    guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw KubeError("the value for \(name) has a control character")
    }
    headers.append(Header(name: name, value: value))
  }

  /// A text as a part of a header's name: bytes that no token may have (RFC 9110, section 5.6.2), and `%`, are
  /// percent-encoded.
  private static func escaped(_ text: String) -> String {
    let allowed = "!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8
    return text.utf8.reduce(into: "") { name, byte in
      if allowed.contains(byte) {
        name.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
