package import Fleet

/// The ports of a pod that are engines, as an operator names them: numbers, names of container ports, and beginnings of
/// such names (`http*`).
package struct PodPorts: Hashable, Sendable {
  private enum Choice: Hashable, Sendable {
    case number(Int)
    case name(String)
    case beginning(String)
  }

  private let choices: [Choice]
  /// The most engines of one pod.
  static let limit = 64

  /// Throws for a text that can be no port.
  package init(_ texts: [String]) throws(EngineSpecError) {
    var choices: [Choice] = []
    for text in texts {
      guard let choice = Self.choice(text) else {
        throw EngineSpecError(
          "'\(text)' is no port: write a number from 1 to 65535, the name of a container port, or the beginning of names with '*'"
        )
      }
      choices.append(choice)
    }
    self.choices = choices
  }

  private static func choice(_ text: String) -> Choice? {
    if let number = UInt16(text) { return number > 0 ? .number(Int(number)) : nil }
    let isBeginning = text.hasSuffix("*")
    let name = isBeginning ? String(text.dropLast()) : text
    // A name has a letter, so a number that is no port is no name either.
    guard name.utf8.count <= 63, isBeginning && name.isEmpty || name.contains(where: { !$0.isNumber }),
      name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-".utf8.contains($0) })
    else { return nil }
    return isBeginning ? .beginning(name) : .name(name)
  }

  /// The numbers of the ports in a pod, each once, and the names that no container port has.
  func numbers(in pod: KubePod) -> (found: [Int], missing: [String]) {
    let ports = pod.containerPorts
    var found: [Int] = []
    var missing: [String] = []
    func take(_ numbers: [Int], _ text: String) {
      if numbers.isEmpty { missing.append(text) }
      for number in numbers where !found.contains(number) && found.count < Self.limit { found.append(number) }
    }
    for choice in choices {
      switch choice {
      case .number(let number): take([number], "")
      case .name(let name): take(ports.filter { $0.name == name }.map(\.containerPort), name)
      case .beginning(let start):
        take(ports.filter { $0.name?.hasPrefix(start) ?? false }.map(\.containerPort), start + "*")
      }
    }
    return (found, missing)
  }
}

extension KubePod {
  /// The ports that its containers name, of TCP alone.
  var containerPorts: [Port] {
    (spec?.containers ?? []).flatMap { ($0.ports ?? []).filter(\.isTCP) }
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
