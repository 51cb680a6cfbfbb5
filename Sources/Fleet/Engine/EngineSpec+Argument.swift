extension EngineSpec {
  /// Reads the command line's form: the URL and, after commas, options (a value cannot hold a comma there).
  ///
  ///     http://host:8000,kind=vllm,key-env=VLLM_KEY,namespace=team-a,labels.tier=gold
  package init(argument: String) throws(EngineSpecError) {
    var parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let url = String(parts.removeFirst())
    var options: [String: String] = [:]
    var labels: [String: String] = [:]
    for part in parts {
      guard let equals = part.firstIndex(of: "="), equals != part.startIndex else {
        // The text itself is not repeated: it may be a piece of a key that holds a comma.
        throw EngineSpecError("the engine \(url) has an option that is not of the form name=value")
      }
      let name = String(part[..<equals])
      let value = String(part[part.index(after: equals)...])
      let isLabel = name.hasPrefix("labels.")
      guard isLabel || Self.optionNames.contains(name) else {
        let allowed = Self.optionNames.joined(separator: ", ")
        throw EngineSpecError("'\(name)' is not an option of an engine: allowed are \(allowed) and labels.NAME")
      }
      let old =
        isLabel
        ? labels.updateValue(value, forKey: String(name.dropFirst("labels.".count)))
        : options.updateValue(value, forKey: name)
      guard old == nil else { throw EngineSpecError("the engine \(url) has the option '\(name)' twice") }
    }
    try self.init(
      url: url, kind: options["kind"], key: options["key"], keyEnv: options["key-env"], keyFile: options["key-file"],
      namespace: options["namespace"], cluster: options["cluster"], labels: labels,
      draining: options["draining"], id: options["id"])
    timeout = try Self.timeout(options["timeout"])
  }

  private static let optionNames = [
    "kind", "key", "key-env", "key-file", "namespace", "cluster", "draining", "id", "timeout",
  ]
}
