import Catalog

/// Where a page ended: what its reader asked for, and the key of its last model.
///
/// On the wire, in base64url: a byte for the kind, its revisions as eight bytes each, then the namespace asked for, the
/// key's namespace and its id, with a NUL between each two. Opaque to clients; it holds across changes of the list and
/// restarts.
struct PageToken: Hashable {
  /// A token of one kind is none of another.
  enum Kind: Hashable {
    /// Of a list; 0 is the present.
    case list(at: Int64)
    case diff(from: Int64, to: Int64)
  }

  var kind: Kind
  /// As asked for; empty for all.
  var namespace: String
  var last: ModelKey

  init(_ kind: Kind, namespace: String, last: ModelKey) {
    self.kind = kind
    self.namespace = namespace
    self.last = last
  }

  /// nil when it is not a token of ours.
  init?(_ text: String) {
    guard var bytes = Base64URL.decode(text)?[...], let kind = Kind(takenFrom: &bytes) else { return nil }
    let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let namespace = String(validating: parts[0], as: UTF8.self),
      let lastNamespace = String(validating: parts[1], as: UTF8.self),
      let id = String(validating: parts[2], as: UTF8.self)
    else { return nil }
    self.init(kind, namespace: namespace, last: ModelKey(namespace: lastNamespace, id: id))
  }

  var text: String {
    var bytes = kind.bytes
    bytes.append(contentsOf: namespace.utf8)
    bytes.append(0)
    bytes.append(contentsOf: last.namespace.utf8)
    bytes.append(0)
    bytes.append(contentsOf: last.id.utf8)
    return Base64URL.encode(bytes)
  }
}

extension PageToken.Kind {
  private static let listByte: UInt8 = 2
  private static let diffByte: UInt8 = 3

  fileprivate init?(takenFrom bytes: inout ArraySlice<UInt8>) {
    switch bytes.popFirst() {
    case Self.listByte:
      guard let at = revision(takenFrom: &bytes) else { return nil }
      self = .list(at: at)
    case Self.diffByte:
      guard let from = revision(takenFrom: &bytes), let to = revision(takenFrom: &bytes) else { return nil }
      self = .diff(from: from, to: to)
    default:
      return nil
    }
  }

  fileprivate var bytes: [UInt8] {
    switch self {
    case .list(let at): [Self.listByte] + bigEndian(at)
    case .diff(let from, let to): [Self.diffByte] + bigEndian(from) + bigEndian(to)
    }
  }
}

private func bigEndian(_ revision: Int64) -> [UInt8] {
  stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: revision >> $0) }
}

private func revision(takenFrom bytes: inout ArraySlice<UInt8>) -> Int64? {
  guard bytes.count >= 8 else { return nil }
  defer { bytes = bytes.dropFirst(8) }
  return bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
}
