import Fleet

/// The pods of a cluster that are no replicas although they exist: those that lost their address to a newer pod, and
/// Failed pods that their controllers have replaced. A value without I/O.
struct PodStandings: Sendable {
  /// A pod for as long as it exists: its UID, or its name where the server gave no UID.
  private enum Identity: Hashable, Sendable {
    case uid(String)
    case name(ObjectName)

    init(_ pod: PodEngine) { self = pod.uid.isEmpty ? .name(pod.object) : .uid(pod.uid) }
  }

  /// Failed pods that were replaced. A pod that was replaced once stays so: its controller may be between two others.
  private var replaced: Set<Identity> = []
  /// The pod that owns each address; an address without a Ready pod has no owner.
  private var owners: [String: PodEngine] = [:]

  /// Whether a port of a pod is no replica.
  func isExcluded(_ port: PodEngine.Port, of pod: PodEngine) -> Bool {
    if pod.stage == .failed { return replaced.contains(Identity(pod)) }
    return port.address.flatMap { owners[$0] }.map { Identity($0) != Identity(pod) } ?? false
  }

  /// Looks at all pods of the cluster. `wanted`: how many pods each workload wants, where that is known.
  mutating func update(_ pods: some Sequence<PodEngine>, wanted: [String: Int]) {
    var groups: [String: Group] = [:]
    owners = [:]
    var identities: Set<Identity> = []
    for pod in pods {
      for address in pod.isServing ? pod.ports.compactMap(\.address) : []
      where owners[address].map({ $0.isOlder(than: pod) }) ?? true {
        owners[address] = pod
      }
      if pod.stage == .failed, pod.isInterchangeable {
        groups[pod.workload, default: Group()].failed.append(pod)
        identities.insert(Identity(pod))
      }
    }
    replaced.formIntersection(identities)
    guard !groups.isEmpty else { return }
    for pod in pods where groups[pod.workload] != nil { groups[pod.workload]?.note(pod) }
    for (workload, group) in groups {
      for pod in group.replaced(wanted: wanted[workload], known: { replaced.contains(Identity($0)) }) {
        replaced.insert(Identity(pod))
      }
    }
  }

  /// The pods of one workload.
  private struct Group {
    var failed: [PodEngine] = []
    private var aliveCount = 0
    /// When the newest pod was created, and the newest that did not fail; nil: there is none.
    private var newest: String?
    private var newestSound: String?

    mutating func note(_ pod: PodEngine) {
      newest = max(newest ?? "", pod.created)
      if pod.stage == .alive { aliveCount += 1 }
      if pod.stage != .failed { newestSound = max(newestSound ?? "", pod.created) }
    }

    /// The Failed pods that the controller has replaced. A controller makes a new pod at once for each that failed, so
    /// where `wanted` is unknown a pod that runs, and every pod made after a Failed one, counts as the replacement.
    /// `known`: whether a pod was replaced earlier.
    func replaced(wanted: Int?, known: (PodEngine) -> Bool) -> [PodEngine] {
      guard let wanted else {
        return failed.filter { pod in
          aliveCount > 0 || newest.map { $0 > pod.created } ?? false || newestSound.map { $0 >= pod.created } ?? false
        }
      }
      let rest = failed.filter { !known($0) }.sorted { $1.isOlder(than: $0) }
      return Array(rest.dropFirst(max(0, wanted - aliveCount)))
    }
  }
}

extension PodEngine {
  fileprivate func isOlder(than other: PodEngine) -> Bool {
    (created, uid) < (other.created, other.uid)
  }
}
