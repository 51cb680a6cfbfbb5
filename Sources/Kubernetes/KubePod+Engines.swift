import Fleet

extension KubePod {
  /// The ports that its containers and sidecars name, of TCP alone.
  var containerPorts: [Port] {
    let sidecars = (spec?.initContainers ?? []).filter { $0.restartPolicy == "Always" }
    return ((spec?.containers ?? []) + sidecars).flatMap { ($0.ports ?? []).filter(\.isTCP) }
  }

  /// The port that is the engine where nobody names one: the container port `http`, the only one there is, or 8000.
  private var usualPort: Int {
    let ports = (spec?.containers ?? []).flatMap { $0.ports ?? [] }
    if let named = ports.first(where: { $0.name == "http" }) { return named.containerPort }
    return ports.count == 1 ? ports[0].containerPort : 8000
  }

  /// The ports that are engines, and the mistakes in their names. The pod's own settings win over those of the source.
  func enginePorts(_ hints: PodHints, _ settings: KubernetesSettings) -> (ports: [Int], mistakes: [String]) {
    if let named = hints.ports { return ports(named) }
    if let port = hints.port { return ([port], []) }
    let found = settings.ports.numbers(in: self).found
    return (found.isEmpty ? [usualPort] : found, [])
  }

  /// The ports that an annotation names: one that there is not costs itself.
  private func ports(_ named: [String]) -> (ports: [Int], mistakes: [String]) {
    var all: [Int] = []
    var mistakes: [String] = []
    for name in named {
      do {
        let (found, missing) = try PodPorts([name]).numbers(in: self)
        for number in found where !all.contains(number) && all.count < PodPorts.limit { all.append(number) }
        mistakes += missing.map { "no container port has the name '\($0)', which \(PodHints.portsName) has" }
      } catch {
        mistakes.append("\(PodHints.portsName): \(error.description)")
      }
    }
    return (all, mistakes)
  }

  /// The amounts of extended resources such as GPUs, whose names begin with a vendor's domain, of the engine at each of
  /// these ports. The only engine has all of the pod; several share what the container has that names their ports.
  func resources(ofEnginesAt ports: [Int]) -> [[String: Double]] {
    let containers = spec?.containers ?? []
    guard ports.count > 1 else { return ports.map { _ in containers.reduce(into: [:]) { $1.addResources(to: &$0) } } }
    let homes = ports.map { port in
      containers.count == 1
        ? 0 : containers.firstIndex { ($0.ports ?? []).contains { $0.containerPort == port } }
    }
    return homes.map { home in
      guard let home else { return [:] }
      var sums: [String: Double] = [:]
      containers[home].addResources(to: &sums)
      let sharers = Double(homes.count { $0 == home })
      return sums.mapValues { $0 / sharers }
    }
  }
}

extension KubePod.Port {
  fileprivate var isTCP: Bool { `protocol` ?? "TCP" == "TCP" }
}

extension KubePod.Container {
  fileprivate func addResources(to sums: inout [String: Double]) {
    let amounts = (resources?.limits ?? [:]).merging(resources?.requests ?? [:]) { $1 }
    for (name, amount) in amounts {
      guard let slash = name.firstIndex(of: "/"), !name[..<slash].hasSuffix("kubernetes.io"), let value = amount.value
      else { continue }
      sums[name, default: 0] += value
    }
  }
}
