/// A part of a cluster's answer: the objects of one resource, in one namespace or in all.
struct ClusterPart: Hashable, Sendable {
  enum Resource: String, Sendable {
    case pods, deployments
    /// AIBrix' adapters.
    case adapters = "modeladapters"

    /// The path of the API group.
    var group: String {
      switch self {
      case .pods: "/api/v1"
      case .deployments: "/apis/apps/v1"
      case .adapters: "/apis/model.aibrix.ai/v1alpha1"
      }
    }
  }

  let resource: Resource
  /// The namespace; empty: all namespaces.
  let scope: String

  init(_ resource: Resource, _ scope: String) {
    self.resource = resource
    self.scope = scope
  }

  /// Reads the name of a part; nil when this source has no such part.
  init?(name: String) {
    let pieces = name.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = pieces.first, let resource = Resource(rawValue: String(first)), pieces.count <= 2 else {
      return nil
    }
    self.init(resource, pieces.count == 2 ? String(pieces[1]) : "")
  }

  /// The name in the source's answers.
  var name: String { scope.isEmpty ? resource.rawValue : "\(resource.rawValue)/\(scope)" }

  /// The path of the collection, without a query.
  var path: String { path(in: scope) }

  private func path(in namespace: String) -> String {
    namespace.isEmpty
      ? "\(resource.group)/\(resource.rawValue)" : "\(resource.group)/namespaces/\(namespace)/\(resource.rawValue)"
  }

  /// The path of one object.
  func path(of object: ObjectName) -> String { "\(path(in: object.namespace))/\(object.name)" }
}

/// The namespace and the name of an object.
struct ObjectName: Hashable, Sendable, Comparable {
  let namespace: String
  let name: String

  init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// nil when the object has no name.
  init?(_ meta: KubeMeta) {
    guard let name = meta.name, let namespace = meta.namespace else { return nil }
    self.init(namespace: namespace, name: name)
  }

  /// The object from which a part makes the engine with an id; nil when the part makes no such id. `prefix`: that of
  /// the cluster's ids.
  init?(engine id: String, of part: ClusterPart, prefix: String) {
    guard id.hasPrefix(prefix) else { return nil }
    var pieces = id.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
    if part.resource == .adapters {
      guard pieces.count == 3, pieces[1] == "modeladapter" else { return nil }
      pieces.remove(at: 1)
    }
    guard pieces.count == 2 else { return nil }
    if part.resource == .pods {
      guard let colon = pieces[1].lastIndex(of: ":") else { return nil }
      pieces[1] = pieces[1][..<colon]
    }
    guard pieces.allSatisfy(Self.isName), part.scope.isEmpty || part.scope == pieces[0] else { return nil }
    self.init(namespace: String(pieces[0]), name: String(pieces[1]))
  }

  /// Whether a text can be a part of a path as it is.
  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-.".utf8.contains($0) }
      && text.contains { $0 != "." }
  }

  static func < (one: ObjectName, other: ObjectName) -> Bool {
    (one.namespace, one.name) < (other.namespace, other.name)
  }
}
