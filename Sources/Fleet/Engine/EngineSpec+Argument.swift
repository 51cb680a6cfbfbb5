extension EngineSpec {
  /// Reads the command line's form: the URL and, after commas, options (a value cannot hold a comma there).
  ///
  ///     http://host:8000,kind=vllm,key-env=VLLM_KEY,namespace=team-a,labels.tier=gold
  package init(argument: String) throws(EngineSpecError) {
    let (url, options, labels) = try EngineArgument.parts(of: argument)
    self = try options.spec(url: url, labels: labels)
  }
}

/// The command line's form of an engine.
package enum EngineArgument {
  private static let labelPrefix = "labels."

  /// Divides the form into the URL, the options and the labels.
  package static func parts(
    of argument: String
  ) throws(EngineSpecError) -> (url: String, options: EngineOptions, labels: [String: String]) {
    var parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let url = String(parts.removeFirst())
    let shown = EngineURL.shown(url).map { "the engine \($0)" } ?? "an engine"
    var options = EngineOptions()
    var labels: [String: String] = [:]
    for part in parts {
      guard let equals = part.firstIndex(of: "="), equals != part.startIndex else {
        // The text itself is not repeated: it may be a piece of a key that holds a comma.
        throw EngineSpecError("\(shown) has an option that is not of the form name=value")
      }
      let name = String(part[..<equals])
      let value = String(part[part.index(after: equals)...])
      if name.hasPrefix(labelPrefix) {
        guard labels.updateValue(value, forKey: String(name.dropFirst(labelPrefix.count))) == nil else {
          throw EngineSpecError("\(shown) has a label twice")
        }
        continue
      }
      guard let option = EngineOption(rawValue: name) else {
        let isPiece = options[.key] != nil || !isPlain(name)
        throw EngineSpecError(
          "\(shown) has \(isPiece ? "an unknown option" : "the unknown option '\(name)'"): allowed are "
            + "\(EngineOption.names()) and \(labelPrefix)NAME")
      }
      guard options[option] == nil else { throw EngineSpecError("\(shown) has the option '\(name)' twice") }
      options[option] = value
    }
    return (url, options, labels)
  }

  /// Whether a text looks like the name of an option, and not like a piece of a key.
  private static func isPlain(_ name: String) -> Bool {
    name.utf8.count <= 20
      && name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz-_".utf8.contains($0) }
  }
}
