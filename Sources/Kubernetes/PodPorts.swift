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
