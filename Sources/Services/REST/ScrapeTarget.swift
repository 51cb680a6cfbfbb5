import Catalog
import HTTP
import Wire

/// A target for Prometheus: the address of one engine's metrics, and its metadata as labels.
struct ScrapeTarget {
  /// The host and port.
  let address: String
  /// The labels, in the order of the output.
  private(set) var labels: [(name: String, value: String)]

  /// Makes the target of an engine; nil when the engine has no address or no metrics, or its metrics are left alone.
  /// `claim`: of the source that describes the engine; nil: unknown.
  init?(_ engine: EngineMessage, metricsPaths: [String: String?], claim: EngineClaim? = nil) {
    guard claim?.options["metrics"] != "off", let place = Self.place(engine.endpoint),
      let path = metricsPaths[engine.kind] ?? "/metrics"
    else {
      return nil
    }
    address = place.address
    labels = [("__scheme__", place.scheme), ("__metrics_path__", place.path + path)]
    let meta = [
      ("namespace", engine.namespace), ("engine", engine.id), ("kind", engine.kind), ("version", engine.version),
      ("cluster", engine.cluster), ("state", engine.condition?.state.name ?? ""), ("models", Self.list(engine.models)),
      ("sources", Self.list(engine.sources)), ("via", Self.list(engine.via)), ("pod_uid", engine.podUID),
    ]
    for (name, value) in meta where !value.isEmpty { labels.append(("__meta_rollcall_" + name, value)) }
    if let claim { labels += Self.options(of: claim) }
    var names: Set<String> = []
    for (name, value) in engine.labels.sorted(by: { $0.key < $1.key }) {
      let name = "__meta_rollcall_label_" + Self.labelName(name)
      if names.insert(name).inserted { labels.append((name, value)) }
    }
  }

  /// How the engine is asked, as labels that a file of engines reads (`__rollcall_timeout__`). What names files of this
  /// server is left out. The time-out is not Prometheus' own `__scrape_timeout__`: Prometheus drops a target whose
  /// time-out exceeds its interval.
  private static func options(of claim: EngineClaim) -> [(name: String, value: String)] {
    var options = ["list", "health", "server-name", "insecure", "auth", "proof-timeout"].compactMap { name in
      claim.options[name].map { (name, $0) }
    }
    // A kind that was found may be found again.
    if !claim.kind.isEmpty { options.append(("kind", claim.kind)) }
    if let timeout = claim.timeout { options.append(("timeout", "\(Int((timeout / .milliseconds(1)).rounded()))ms")) }
    return options.map { ("__rollcall_\($0.0.replacing("-", with: "_"))__", $0.1) }
  }

  func append(to bytes: inout [UInt8]) {
    bytes += #"{"targets":["#.utf8
    JSONText.append(address, to: &bytes)
    bytes += #"],"labels":{"#.utf8
    for (index, label) in labels.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONText.append(label.name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      JSONText.append(label.value, to: &bytes)
    }
    bytes += "}}".utf8
  }

  /// A list in the form that Prometheus uses, in which `.*,name,.*` matches a member.
  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "" : "," + names.joined(separator: ",") + ","
  }

  /// A text as the name of a Prometheus label: letters, digits and `_`.
  private static func labelName(_ text: String) -> String {
    String(
      text.unicodeScalars.map { $0.isASCII && $0.properties.isAlphabetic || "0"..."9" ~= $0 ? Character($0) : "_" })
  }

  private static func place(_ endpoint: String) -> (scheme: String, address: String, path: String)? {
    for (scheme, port) in [("http", 80), ("https", 443)] where endpoint.hasPrefix(scheme + "://") {
      let rest = endpoint.dropFirst(scheme.utf8.count + 3)
      let authority = rest.prefix { $0 != "/" }
      guard !authority.isEmpty else { return nil }
      // A port follows a colon after the address's bracket, or after a name.
      let hasPort = authority.drop { $0 != "]" }.contains(":") || (!authority.hasPrefix("[") && authority.contains(":"))
      return (scheme, hasPort ? String(authority) : "\(authority):\(port)", String(rest.dropFirst(authority.count)))
    }
    return nil
  }
}
