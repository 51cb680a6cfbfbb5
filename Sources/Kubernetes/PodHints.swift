import Catalog
import Fleet

/// The settings of an engine in the labels and annotations of its pod, by AIBrix' names. Annotations win, because the
/// value of a label cannot hold a slash.
struct PodHints {
  private let meta: KubeMeta

  init(_ meta: KubeMeta) {
    self.meta = meta
  }

  func text(_ name: String) -> String? {
    let text = meta.annotations?[name] ?? meta.labels?[name]
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The id of the model; nil when it is missing or not valid.
  var model: String? { text("model.aibrix.ai/name").flatMap { Observation.isIdentifier($0) ? $0 : nil } }
  /// The ports of the engines of the pod; nil when it names none.
  var ports: [String]? {
    let names = text(Self.portsName)?.replacing(" ", with: "").split(separator: ",").map(String.init) ?? []
    return names.isEmpty ? nil : names
  }
  static let portsName = "rollcall.io/ports"
  var port: Int? { text("model.aibrix.ai/port").flatMap { UInt16($0) }.flatMap { $0 > 0 ? Int($0) : nil } }
  /// nil: Rollcall detects it.
  var kind: String? { text("model.aibrix.ai/engine").flatMap { EngineKind(rawValue: $0.lowercased())?.rawValue } }
  /// nil: the source's own.
  var scheme: String? { text("rollcall.io/scheme").flatMap { ["http", "https"].contains($0) ? $0 : nil } }
  /// The options of the pod's annotations over those of its source, and why others do not count. A pod names no file and
  /// no variable of this server, or the server would send its secrets wherever a tenant wants, and decides on no
  /// namespace, cluster or id.
  func options(over settings: EngineOptions) -> (options: EngineOptions, refused: [String]) {
    let texts = (meta.labels ?? [:]).merging(meta.annotations ?? [:]) { $1 }.filter { $0.key.hasPrefix("rollcall.io/") }
    let own = EngineOptions(texts, spelling: \.annotation)
    var options = settings
    var refused: [String] = []
    for option in own.given {
      switch option {
      case .key,
        _ where option.isReference:
        refused.append("\(option.annotation) is left out: the settings of the cluster may have it, a pod may not")
      case .namespace, .cluster, .id: refused.append("\(option.annotation) is left out: the pod has one")
      default:
        // A wrong one costs itself, not what the source says.
        var alone = EngineOptions()
        alone[option] = own[option]
        do throws(EngineSpecError) {
          _ = try alone.spec(url: "http://x")
          options[option] = own[option]
        } catch {
          refused.append("\(option.annotation) is left out: \(error.description)")
        }
      }
    }
    return (options, refused)
  }
  /// Whether the pod only helps another pod to serve: a member of a LeaderWorkerSet's group other than the leader, a pod
  /// of a Ray cluster other than its head, or a worker of KServe's predictor of several nodes. The pod's own annotation
  /// wins.
  var isHelper: Bool {
    if text(Self.engineName) == "true" { return false }
    let labels = meta.labels ?? [:]
    return labels["leaderworkerset.sigs.k8s.io/worker-index"].map { $0 != "0" } ?? false
      || labels["ray.io/node-type"].map { $0 != "head" } ?? false
      || labels["serving.kserve.io/inferenceservice"] != nil
        && labels["app"].map { $0.hasPrefix("isvc.") && $0.hasSuffix("-predictor-worker") } ?? false
  }
  /// Whether the pod states that it is no engine.
  var isExcluded: Bool { text(Self.engineName) == "false" }
  private static let engineName = "rollcall.io/engine"
}
