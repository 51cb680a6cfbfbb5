import Catalog
import HTTP

/// The options of an engine as texts. Each grammar fills one (the command line, YAML, the annotations of pods, the labels
/// of Prometheus' targets), and this type alone makes engines of them. No error of it repeats an option's value, because
/// the value may be a key, or a piece of a key, in the wrong place.
///
/// For example a pod's, where the source decides on the id and the namespace:
///
///     var options = EngineOptions(annotations, spelling: \.annotation)
///     options[.id] = id
///     options[.namespace] = namespace
///     let (spec, faults) = try options.tolerantSpec(url: url, labels: labels)
package struct EngineOptions: Hashable, Sendable {
  private var texts: [EngineOption: String] = [:]

  package init() {}

  /// Takes the options among texts by name, in the spelling of a grammar, and leaves the others out. An empty text counts
  /// as none.
  package init(_ given: [String: String], spelling: (EngineOption) -> String) {
    for option in EngineOption.allCases {
      if let text = given[spelling(option)], !text.isEmpty { texts[option] = text }
    }
  }

  /// The text of an option; nil: not given.
  package subscript(option: EngineOption) -> String? {
    get { texts[option] }
    set { texts[option] = newValue }
  }

  package var isEmpty: Bool { texts.isEmpty }
  package var given: [EngineOption] { EngineOption.allCases.filter { texts[$0] != nil } }

  /// Makes the engine. The error names the options that are wrong.
  package func spec(url: String, labels: [String: String] = [:]) throws(EngineSpecError) -> EngineSpec {
    var spec = try EngineSpec(
      url: url, kind: self[.kind], key: self[.key], keyEnv: self[.keyEnv], keyFile: self[.keyFile],
      namespace: self[.namespace], cluster: self[.cluster], labels: labels, draining: self[.draining], id: self[.id])
    spec.timeout = try duration(.timeout)
    try apply(to: &spec)
    return spec
  }

  /// Makes the engine without the options that are wrong, and returns an error for each of them. Throws when the URL or
  /// the labels are wrong.
  package func tolerantSpec(
    url: String, labels: [String: String] = [:]
  ) throws(EngineSpecError) -> (spec: EngineSpec, faults: [EngineSpecError]) {
    var options = self
    var faults: [EngineSpecError] = []
    while true {
      do throws(EngineSpecError) {
        return (try options.spec(url: url, labels: labels), faults)
      } catch {
        let wrong = error.options.filter { options[$0] != nil }
        guard !wrong.isEmpty else { throw error }
        for option in wrong { options[option] = nil }
        // A key is not sent in a way that nobody chose.
        if wrong.contains(.auth) { for option in [EngineOption.key, .keyEnv, .keyFile] { options[option] = nil } }
        faults.append(error)
      }
    }
  }

  /// Sets the same as `apply`, without the options that are wrong, such as those of a newer version.
  func applyValid(to spec: inout EngineSpec) {
    var options = self
    while true {
      do throws(EngineSpecError) {
        return try options.apply(to: &spec)
      } catch {
        for option in error.options { options[option] = nil }
        // A key is not sent in a way that nobody chose.
        if error.options.contains(.auth) {
          spec.setKey(nil)
          spec.isKeyUnknown = true
        }
        if error.options.isEmpty { return }
      }
    }
  }

  /// Sets how an engine is asked, apart from its kind, its key and its time-out.
  func apply(to spec: inout EngineSpec) throws(EngineSpecError) {
    spec.paths = EnginePaths(
      list: try path(.list), health: try path(.health), readsMetrics: try isOn(.metrics) ?? true)
    spec.tls = ClientTLS(
      caFile: try file(.caFile), serverName: try serverName(), certFile: try file(.certFile),
      certKeyFile: try file(.certKeyFile), isInsecure: try isOn(.insecure) ?? false)
    guard spec.tls.certKeyFile == nil || spec.tls.certFile != nil else {
      throw EngineSpecError("cert-key-file needs cert-file, the certificate of that key", in: [.certKeyFile])
    }
    spec.keyScheme = try KeyScheme(self[.auth])
    spec.proofTimeout = try duration(.proofTimeout)
  }

  private func path(_ option: EngineOption) throws(EngineSpecError) -> String? {
    guard let text = self[option] else { return nil }
    guard text.hasPrefix("/"), text.utf8.count <= 1_024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      !text.contains("?"), !text.contains("#")
    else {
      throw EngineSpecError(
        "\(option.rawValue) must be a path below the engine's URL, such as /v3/models: printable ASCII without a query",
        in: [option])
    }
    return text
  }

  private func file(_ option: EngineOption) throws(EngineSpecError) -> String? {
    guard let text = self[option] else { return nil }
    guard !text.isEmpty, text.utf8.count <= 4_096, !text.utf8.contains(0) else {
      throw EngineSpecError("\(option.rawValue) must be the path of a file in PEM", in: [option])
    }
    return text
  }

  private func serverName() throws(EngineSpecError) -> String? {
    guard let text = self[.serverName] else { return nil }
    // In the form of a URL, so that the same names are allowed.
    let host = text.contains(":") && !text.hasPrefix("[") ? "[\(text)]" : text
    guard text.utf8.count <= 253, !text.contains("/"), let url = try? EngineURL("https://\(host)"), url.port == 443,
      url.path.isEmpty
    else {
      throw EngineSpecError(
        "server-name must be the host name or the address that the engine's certificate bears", in: [.serverName])
    }
    return url.host
  }

  private func isOn(_ option: EngineOption) throws(EngineSpecError) -> Bool? {
    switch self[option] {
    case nil: return nil
    case "on", "true": return true
    case "off", "false": return false
    default:
      let values = option == .metrics ? "on or off" : "true or false"
      throw EngineSpecError("\(option.rawValue) must be \(values)", in: [option])
    }
  }

  private func duration(_ option: EngineOption) throws(EngineSpecError) -> Duration? {
    try Self.duration(self[option], of: option)
  }

  /// Reads the text of an option that is a duration; nil reads as nil.
  package static func duration(_ text: String?, of option: EngineOption) throws(EngineSpecError) -> Duration? {
    guard let text else { return nil }
    guard let duration = try? Duration(text: text), duration <= .seconds(300) else {
      throw EngineSpecError(
        "\(option.rawValue) must be a duration of at most 300s, such as 500ms or 5s", in: [option])
    }
    return duration
  }
}

/// Between options and an engine's description.
extension EngineOptions {
  /// The options that `apply` sets, as the store keeps them; those that are as usual are left out.
  init(asking spec: EngineSpec) {
    self[.list] = spec.paths.list
    self[.health] = spec.paths.health
    self[.metrics] = spec.paths.readsMetrics ? nil : "off"
    self[.caFile] = spec.tls.caFile
    self[.serverName] = spec.tls.serverName
    self[.certFile] = spec.tls.certFile
    self[.certKeyFile] = spec.tls.certKeyFile
    self[.insecure] = spec.tls.isInsecure ? "true" : nil
    self[.auth] = spec.keyScheme.text
    self[.proofTimeout] = spec.proofTimeout.map { "\(max(1, Int64($0 / .milliseconds(1))))ms" }
  }

  /// The texts by the options' names.
  package var named: [String: String] {
    Dictionary(uniqueKeysWithValues: texts.map { ($0.key.rawValue, $0.value) })
  }
}
