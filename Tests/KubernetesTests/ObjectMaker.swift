import Catalog
import FoundationEssentials
import Testing

@testable import Fleet
@testable import Kubernetes

/// Objects as the API writes them; a test names only the members that matter to it.
enum ObjectMaker {
  enum Status: String {
    case ready = #""phase":"Running","conditions":[{"type":"Ready","status":"True"}]"#
    case notReady = #""phase":"Running","conditions":[{"type":"Ready","status":"False"}]"#
    /// The node of the pod is lost.
    case unknown =
      #""phase":"Running","conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}]"#
    case evicted = #""phase":"Failed","reason":"Evicted""#
    case succeeded = #""phase":"Succeeded""#
  }

  /// `owner`: kind and name of its controller; `more`: members of its metadata; `containers`: in JSON.
  static func pod(
    _ name: String, _ status: Status = .ready, ip: String = "10.0.0.1", owner: (kind: String, name: String)? = nil,
    created: Int? = nil, labels: [String: String] = [:], more: String = "", containers: String = ""
  ) throws -> KubePod {
    let (namespace, name) = split(name)
    var metadata = [#""name":"\#(name)""#, #""namespace":"\#(namespace)""#, #""uid":"uid-\#(name)""#]
    let labels = labels.merging(["model.aibrix.ai/name": "m"]) { first, _ in first }
    metadata.append(#""labels":{\#(labels.map { #""\#($0)":"\#($1)""# }.joined(separator: ","))}"#)
    if let created { metadata.append(#""creationTimestamp":"2026-01-01T00:00:\#(created + 10)Z""#) }
    if let owner {
      metadata.append(
        #""ownerReferences":[{"kind":"\#(owner.kind)","name":"\#(owner.name)","controller":true}]"#)
    }
    if !more.isEmpty { metadata.append(more) }
    let address = ip.isEmpty ? "" : #","podIP":"\#(ip)""#
    return try decoded(
      #"{"metadata":{\#(metadata.joined(separator: ","))},"spec":{"containers":[\#(containers)]},"status":{\#(status.rawValue)\#(address)}}"#
    )
  }

  /// The pods of a list as the API writes it.
  static func pods(_ list: String) throws -> [KubePod] {
    struct List: Decodable {
      var items: [KubePod]
    }
    return try (decoded(list) as List).items
  }

  /// A pod of a Deployment.
  static func pod(
    _ name: String, _ status: Status = .ready, ip: String = "10.0.0.1", of deployment: String, created: Int? = nil
  ) throws -> KubePod {
    try pod(
      name, status, ip: ip, owner: ("ReplicaSet", "\(deployment)-1a"), created: created,
      labels: ["pod-template-hash": "1a"])
  }

  static func deployment(_ name: String, _ replicas: Int, model: String? = "m") throws -> KubeDeployment {
    let (namespace, name) = split(name)
    let labels = model.map { #""model.aibrix.ai/name":"\#($0)""# } ?? ""
    return try decoded(
      #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)","uid":"uid-\#(name)"},"spec":{"replicas":\#(replicas),"template":{"metadata":{"labels":{\#(labels)}}}}}"#
    )
  }

  static func adapter(_ name: String, _ phase: String) throws -> KubeAdapter {
    let (namespace, name) = split(name)
    return try decoded(
      #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)"},"status":{"phase":"\#(phase)"}}"#)
  }

  /// `NAMESPACE/NAME`, or a name in the namespace `a`.
  private static func split(_ name: String) -> (String, String) {
    let pieces = name.split(separator: "/")
    return pieces.count == 2 ? (String(pieces[0]), String(pieces[1])) : ("a", name)
  }

  private static func decoded<Object: Decodable>(_ text: String) throws -> Object {
    try JSONDecoder().decode(Object.self, from: Data(text.utf8))
  }
}

/// A `ClusterState` in few words.
struct StateHarness {
  var state: ClusterState

  init(
    _ namespaces: [String] = [], cluster: String? = nil, selector: String? = nil, ports: [String] = []
  ) throws {
    state = ClusterState(
      try KubernetesSettings(cluster: cluster, namespaces: namespaces, selector: selector, ports: ports),
      source: SourceID(.kubernetes, "k"))
  }

  mutating func pods(_ event: ReflectorEvent<KubePod>, _ scope: String = "") -> Bool {
    state.apply(event, in: scope, at: Timestamp(microseconds: 1))
  }

  mutating func deployments(_ event: ReflectorEvent<KubeDeployment>, _ scope: String = "") -> Bool {
    state.apply(event, in: scope)
  }

  mutating func adapters(_ event: ReflectorEvent<KubeAdapter>, _ scope: String = "") -> Bool {
    state.apply(event, in: scope, at: Timestamp(microseconds: 1))
  }

  /// The parts of the next answer by name; empty when there is no answer.
  mutating func parts() -> [String: SourcePart] {
    let parts = state.report(at: Timestamp(microseconds: 2)).answer?.parts ?? []
    return Dictionary(parts.map { ($0.name, $0) }) { first, _ in first }
  }

  /// `ID` of the engines that are probed, `ID STATE` of the others.
  mutating func engines() -> [String] {
    parts().sorted { $0.key < $1.key }.flatMap { _, part in
      part.engines.map(\.id) + part.unprobed.map { "\($0.facts.id) \($0.facts.condition.state.name)" }
    }
  }

  /// Looks up an engine as the fleet asks for it, with a result. Returns whether there is something to report.
  mutating func lookUp(_ engine: OmittedEngine, _ result: LookupResult, at now: ContinuousClock.Instant) -> Bool {
    state.expect([engine])
    guard state.lookups.start(at: now) == engine else { return false }
    return state.resolve(engine, result, at: Timestamp(microseconds: 3), up: now)
  }
}

/// A missing resource, and a missing right.
enum Refused {
  static let missing = KubeError("HTTP 404 Not Found", status: 404)
  static let forbidden = KubeError("HTTP 403 Forbidden", status: 403)
  static let away = KubeError("connection refused")
}
