import Catalog

/// Where a page of `ListModels` ended: the key of its last model, and the namespace that was asked for.
///
/// On the wire, in base64url: a version byte, then the namespace asked for, the key's namespace and its id, with a NUL
/// between each two. Opaque to clients; it holds across changes of the list and restarts.
struct PageToken: Hashable {
  /// As asked for; empty for all.
  var namespace: String
  var last: ModelKey

  private static let version: UInt8 = 1

  init(namespace: String, last: ModelKey) {
    self.namespace = namespace
    self.last = last
  }

  /// nil when it is not a token of ours.
  init?(_ text: String) {
    guard let bytes = Base64URL.decode(text), bytes.first == Self.version else { return nil }
    let parts = bytes.dropFirst().split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let namespace = String(validating: parts[0], as: UTF8.self),
      let lastNamespace = String(validating: parts[1], as: UTF8.self),
      let id = String(validating: parts[2], as: UTF8.self)
    else { return nil }
    self.namespace = namespace
    last = ModelKey(namespace: lastNamespace, id: id)
  }

  var text: String {
    var bytes = [Self.version]
    bytes.append(contentsOf: namespace.utf8)
    bytes.append(0)
    bytes.append(contentsOf: last.namespace.utf8)
    bytes.append(0)
    bytes.append(contentsOf: last.id.utf8)
    return Base64URL.encode(bytes)
  }
}
