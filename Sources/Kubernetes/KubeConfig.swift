import Fleet
import Foundation
import Yams

/// A kubeconfig (`v1 Config` of client-go), of one file or merged from several: the parts that define access to an API
/// server. An entry is read when a context names it, so that a broken entry concerns nobody else.
struct KubeConfig {
  /// The content of a cluster, a context or a user.
  private struct Entry {
    let content: Node
    /// The directory of its file, to which its paths are relative.
    let directory: URL
  }

  /// The name of the current context; empty: none.
  private var current = ""
  private var clusters: [String: Entry] = [:]
  private var contexts: [String: Entry] = [:]
  private var users: [String: Entry] = [:]

  /// Reads the access of a context; nil: the current context. Paths in the file are relative to its directory.
  static func access(path: String, context: String?) throws(KubeError) -> KubeAccess {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw KubeError("the kubeconfig \(path) does not exist or may not be read")
    }
    var config = KubeConfig()
    try config.merge(data, path: path)
    return try config.access(context: context, of: path)
  }

  /// Reads the access of a context from the files that a value of `KUBECONFIG` names, between colons, by the rules of
  /// client-go (`ClientConfigLoadingRules`): of each name the first file's entry counts, as a whole, and missing files
  /// do not.
  static func access(list: String, context: String?) throws(KubeError) -> KubeAccess {
    var paths: [String] = []
    for path in list.split(separator: ":").map(String.init) where !paths.contains(path) { paths.append(path) }
    var config = KubeConfig()
    var read: [String] = []
    for path in paths where FileManager.default.fileExists(atPath: path) {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw KubeError("the kubeconfig \(path) may not be read")
      }
      try config.merge(data, path: path)
      read.append(path)
    }
    guard !read.isEmpty else {
      let names = paths.joined(separator: ", ")
      throw KubeError(
        paths.isEmpty ? "KUBECONFIG names no file" : "none of the files that KUBECONFIG names exists: \(names)")
    }
    return try config.access(context: context, of: read.joined(separator: ":"))
  }

  /// Adds what a file has and the files before it have not.
  private mutating func merge(_ data: Data, path: String) throws(KubeError) {
    let root: Node?
    do {
      root = try Yams.compose(
        yaml: String(decoding: data.starts(with: Self.mark) ? data.dropFirst(3) : data, as: UTF8.self))
    } catch {
      throw KubeError("\(path) is not a kubeconfig: \(Self.problem(error))")
    }
    // An empty file is a kubeconfig without entries.
    guard let root, root != Node("null", Tag(.null)), root.scalar?.string.isEmpty != true else { return }
    guard let mapping = root.mapping else { throw KubeError("\(path) is not a kubeconfig: it is no mapping") }
    let directory = URL(filePath: path).deletingLastPathComponent()
    if current.isEmpty, let name = mapping["current-context"]?.text { current = name }
    clusters.merge(Self.entries(mapping["clusters"], "cluster", directory)) { first, _ in first }
    contexts.merge(Self.entries(mapping["contexts"], "context", directory)) { first, _ in first }
    users.merge(Self.entries(mapping["users"], "user", directory)) { first, _ in first }
  }

  /// The byte order mark with which some editors begin a file.
  private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// The error of the parser without the text at its place, which may be a secret.
  private static func problem(_ error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(problem) in line \(mark.line)"
    case .duplicatedKeysInMapping(let keys, _): "the same key twice: \(keys.joined(separator: ", "))"
    default: "it is not YAML"
    }
  }

  private static func entries(_ list: Node?, _ key: String, _ directory: URL) -> [String: Entry] {
    let named = (list?.sequence.map { Array($0) } ?? []).compactMap { node -> (String, Entry)? in
      guard let mapping = node.mapping, let name = mapping["name"]?.text else { return nil }
      return (name, Entry(content: mapping[key] ?? Node("null", Tag(.null)), directory: directory))
    }
    return Dictionary(named) { first, _ in first }
  }

  /// Reads the entry of a name; nil when there is none, or its content is null.
  private static func read<Content: Decodable>(
    _ name: String, of entries: [String: Entry], _ kind: String
  ) throws(KubeError) -> (content: Content, directory: URL)? {
    guard let entry = entries[name], entry.content.mapping != nil || entry.content.text != nil else { return nil }
    do {
      return (try YAMLDecoder().decode(Content.self, from: entry.content), entry.directory)
    } catch {
      throw KubeError("the \(kind) '\(name)' is not valid: \(Self.reason(error))")
    }
  }

  /// Names the place of an error, never the value there: it may be a secret.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context),
      DecodingError.keyNotFound(_, let context), DecodingError.valueNotFound(_, let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      return place.isEmpty ? "it is no mapping" : "\(place) has a value of another type"
    default: return "it cannot be read"
    }
  }

  /// `files`: the names of the files, with which errors begin.
  private func access(context: String?, of files: String) throws(KubeError) -> KubeAccess {
    do {
      return try access(context: context)
    } catch {
      throw KubeError("\(files): \(error.description)")
    }
  }

  private func access(context name: String?) throws(KubeError) -> KubeAccess {
    let name = name ?? current
    guard !name.isEmpty else {
      throw KubeError("it has no current-context: name the context with --kube-context")
    }
    guard contexts[name] != nil else { throw KubeError("there is no context '\(name)'") }
    let context: KubeConfigContext? = try Self.read(name, of: contexts, "context")?.content
    guard let clusterName = context?.cluster, !clusterName.isEmpty else {
      throw KubeError("the context '\(name)' names no cluster")
    }
    let found: (content: KubeConfigCluster, directory: URL)? = try Self.read(clusterName, of: clusters, "cluster")
    guard let (cluster, directory) = found else { throw KubeError("there is no cluster '\(clusterName)'") }
    guard let server = cluster.server, !server.isEmpty else {
      throw KubeError("the cluster '\(clusterName)' names no server")
    }
    var access: KubeAccess
    do {
      access = KubeAccess(url: try EngineURL(server))
    } catch {
      throw KubeError("server: \(error.description)")
    }
    access.authority = try Material.read(
      cluster.authorityData, cluster.authority, directory, "certificate-authority")
    access.isUnverified = cluster.isUnverified ?? false
    access.serverName = cluster.serverName.flatMap { $0.isEmpty ? nil : $0 }
    if let proxy = cluster.proxy, !proxy.isEmpty { access.proxy = try HTTPProxy(proxy, from: "proxy-url") }
    access.namespace = context?.namespace ?? ""
    // A context without a user, or of a user that is missing, is anonymous, as for kubectl.
    guard let userName = context?.user, !userName.isEmpty,
      let user: (content: KubeConfigUser, directory: URL) = try Self.read(userName, of: users, "user")
    else { return access }
    try user.content.authenticate(as: userName, in: user.directory, &access)
    return access
  }
}

extension Node {
  /// The text of a scalar; nil for null, and for what is no scalar or empty.
  fileprivate var text: String? {
    guard let scalar, !scalar.string.isEmpty, self != Node("null", Tag(.null)) else { return nil }
    return scalar.string
  }
}

private typealias Material = KubeAccess.Material

extension KubeAccess.Material {
  /// The bytes that an entry holds in base64, else those of the file that it names; nil: it has neither.
  fileprivate static func read(
    _ data: String?, _ file: String?, _ directory: URL, _ name: String
  ) throws(KubeError) -> Self? {
    if let data, !data.isEmpty {
      guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
        throw KubeError("\(name)-data is not base64")
      }
      return .data(bytes)
    }
    return file.flatMap { $0.isEmpty ? nil : .file(path($0, directory)) }
  }

  fileprivate static func path(_ text: String, _ directory: URL) -> String {
    text.hasPrefix("/") ? text : directory.appending(path: text).path(percentEncoded: false)
  }
}

extension KubeConfigUser {
  /// Gives an access the credentials of this user. `directory`: that of its file.
  fileprivate func authenticate(
    as name: String, in directory: URL, _ access: inout KubeAccess
  ) throws(KubeError) {
    access.impersonation = try Impersonation(self)
    let certificate = try Material.read(certificateData, certificate, directory, "client-certificate")
    let key = try Material.read(keyData, key, directory, "client-key")
    if let certificate {
      guard let key else { throw KubeError("user '\(name)' has a client certificate without its key") }
      access.clientCertificate = (certificate, key)
    }
    // A token file wins over a token, as in client-go, because the token in the file rotates.
    if let file = tokenFile, !file.isEmpty {
      access.credential = .tokenFile(Material.path(file, directory))
    } else if let token, !token.isEmpty {
      access.credential = .token(token)
    } else if let username, !username.isEmpty {
      access.credential = .basic(user: username, password: password ?? "")
    } else if let exec {
      access.credential = .plugin(.shared(for: try exec.command(of: name, directory, access)))
    } else if provider != nil, certificate == nil {
      throw KubeError(
        "user '\(name)' has an auth-provider, which Kubernetes gave up in 1.26: give it exec, a token or a certificate")
    }
  }
}

extension KubeConfigUser.Exec {
  fileprivate func command(
    of user: String, _ directory: URL, _ access: KubeAccess
  ) throws(KubeError) -> ExecCommand {
    guard let program = command, !program.isEmpty else { throw KubeError("exec of user '\(user)' has no command") }
    let version = apiVersion ?? ""
    guard ExecCommand.versions.contains(version) else {
      throw KubeError(
        "exec of user '\(user)' has the apiVersion '\(version)': it must be \(ExecCommand.versions.joined(separator: " or "))"
      )
    }
    guard interactiveMode != "Always" else {
      throw KubeError("exec of user '\(user)' needs a user at a terminal (interactiveMode: Always), and there is none")
    }
    var cluster: ExecCluster?
    if provideClusterInfo ?? false {
      let authority = try access.authority?.read("certificate authority")
      cluster = ExecCluster(
        server: access.url.description, serverName: access.serverName, isUnverified: access.isUnverified ? true : nil,
        authorityData: authority.map { Data($0) })
    }
    let variables = (env ?? []).compactMap { variable in variable.name.map { ($0, variable.value ?? "") } }
    return ExecCommand(
      apiVersion: version, program: program.contains("/") ? Material.path(program, directory) : program,
      arguments: args ?? [], environment: Dictionary(variables) { $1 }, hint: installHint ?? "", cluster: cluster)
  }
}

extension KubernetesSettings {
  /// The access to the API server: from the kubeconfig of the settings, else from the cluster that this process runs
  /// in, else from the user's own kubeconfig. A proxy of the kubeconfig wins over a proxy of the environment.
  func access(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(KubeError) -> KubeAccess {
    var access = try configured(environment)
    if access.proxy == nil { access.proxy = try HTTPProxy.configured(in: environment, for: access.url) }
    return access
  }

  private func configured(_ environment: [String: String]) throws(KubeError) -> KubeAccess {
    if let config { return try KubeConfig.access(path: config, context: context) }
    if context == nil, let access = try KubeAccess.inCluster(environment) { return access }
    if let list = environment["KUBECONFIG"], !list.isEmpty {
      return try KubeConfig.access(list: list, context: context)
    }
    guard let home = environment["HOME"] else {
      throw KubeError("there is no kubeconfig: give one with --kube-config, or run in a pod of the cluster")
    }
    return try KubeConfig.access(path: home + "/.kube/config", context: context)
  }
}
