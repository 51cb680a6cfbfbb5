import Fleet
import Foundation
import Yams

/// A kubeconfig (`v1 Config` of client-go): the parts that define access to an API server.
struct KubeConfig: Decodable {
  private struct Named<Content: Decodable>: Decodable {
    var name: String
    var content: Content

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: Key(stringValue: "name"))
      guard let key = container.allKeys.first(where: { $0.stringValue != "name" }) else {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(name) is empty"))
      }
      content = try container.decode(Content.self, forKey: key)
    }
  }

  private struct Cluster: Decodable {
    var server: String
    var authority: String?
    var authorityData: String?
    var isUnverified: Bool?
    var serverName: String?
    var proxy: String?

    enum CodingKeys: String, CodingKey {
      case server
      case authority = "certificate-authority"
      case authorityData = "certificate-authority-data"
      case isUnverified = "insecure-skip-tls-verify"
      case serverName = "tls-server-name"
      case proxy = "proxy-url"
    }
  }

  private struct Context: Decodable {
    var cluster: String
    var user: String?
    var namespace: String?
  }

  private struct User: Decodable {
    var token: String?
    var tokenFile: String?
    var certificate: String?
    var certificateData: String?
    var key: String?
    var keyData: String?
    var username: String?
    var password: String?
    var exec: Exec?
    var provider: Ignored?

    enum CodingKeys: String, CodingKey {
      case token, tokenFile, username, password, exec
      case certificate = "client-certificate"
      case certificateData = "client-certificate-data"
      case key = "client-key"
      case keyData = "client-key-data"
      case provider = "auth-provider"
    }
  }

  private struct Exec: Decodable {
    struct Variable: Decodable {
      var name: String
      var value: String
    }

    var apiVersion: String?
    var command: String?
    var args: [String]?
    var env: [Variable]?
    var installHint: String?
    var provideClusterInfo: Bool?
    var interactiveMode: String?
  }

  /// A field of which only the presence counts.
  private struct Ignored: Decodable {
    init(from decoder: any Decoder) throws {}
  }

  private var current: String?
  private var clusters: [Named<Cluster>]?
  private var contexts: [Named<Context>]?
  private var users: [Named<User>]?

  private enum CodingKeys: String, CodingKey {
    case current = "current-context"
    case clusters, contexts, users
  }

  /// Reads the access of a context; nil: the current context. Paths in the file are relative to its directory.
  static func access(path: String, context: String?) throws(KubeError) -> KubeAccess {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw KubeError("the kubeconfig \(path) does not exist or may not be read")
    }
    let config: KubeConfig
    do {
      config = try YAMLDecoder().decode(KubeConfig.self, from: String(decoding: data, as: UTF8.self))
    } catch {
      throw KubeError("\(path) is not a kubeconfig: \(error)".replacing("\n", with: " "))
    }
    do {
      return try config.access(context: context, directory: URL(filePath: path).deletingLastPathComponent())
    } catch {
      throw KubeError("\(path): \(error.description)")
    }
  }

  private func access(context name: String?, directory: URL) throws(KubeError) -> KubeAccess {
    guard let name = name ?? current, !name.isEmpty else {
      throw KubeError("it has no current-context: name the context with --kube-context")
    }
    guard let context = contexts?.first(where: { $0.name == name })?.content else {
      throw KubeError("there is no context '\(name)'")
    }
    guard let cluster = clusters?.first(where: { $0.name == context.cluster })?.content else {
      throw KubeError("there is no cluster '\(context.cluster)'")
    }
    var access: KubeAccess
    do {
      access = KubeAccess(url: try EngineURL(cluster.server))
    } catch {
      throw KubeError("server: \(error.description)")
    }
    access.authority = try material(cluster.authorityData, cluster.authority, directory, "certificate-authority")
    access.isUnverified = cluster.isUnverified ?? false
    access.serverName = cluster.serverName
    if let proxy = cluster.proxy, !proxy.isEmpty { access.proxy = try HTTPProxy(proxy, from: "proxy-url") }
    access.namespace = context.namespace ?? ""
    guard let userName = context.user, !userName.isEmpty else { return access }
    guard let user = users?.first(where: { $0.name == userName })?.content else {
      throw KubeError("there is no user '\(userName)'")
    }
    try authenticate(user, userName, directory, &access)
    if let exec = user.exec, case .none = access.credential {
      access.credential = .plugin(.shared(for: try command(exec, userName, directory, access)))
    }
    return access
  }

  private func authenticate(
    _ user: User, _ name: String, _ directory: URL, _ access: inout KubeAccess
  ) throws(KubeError) {
    let certificate = try material(user.certificateData, user.certificate, directory, "client-certificate")
    let key = try material(user.keyData, user.key, directory, "client-key")
    if let certificate {
      guard let key else { throw KubeError("user '\(name)' has a client certificate without its key") }
      access.clientCertificate = (certificate, key)
    }
    // A token file wins over a token, as in client-go, because the token in the file rotates.
    if let file = user.tokenFile, !file.isEmpty {
      access.credential = .tokenFile(path(file, directory))
    } else if let token = user.token, !token.isEmpty {
      access.credential = .token(token)
    } else if let username = user.username {
      access.credential = .basic(user: username, password: user.password ?? "")
    } else if user.provider != nil, user.exec == nil, certificate == nil {
      throw KubeError(
        "user '\(name)' has an auth-provider, which Kubernetes gave up in 1.26: give it exec, a token or a certificate")
    }
  }

  private func command(
    _ exec: Exec, _ user: String, _ directory: URL, _ access: KubeAccess
  ) throws(KubeError) -> ExecCommand {
    guard let program = exec.command, !program.isEmpty else { throw KubeError("exec of user '\(user)' has no command") }
    let version = exec.apiVersion ?? ""
    guard ExecCommand.versions.contains(version) else {
      throw KubeError(
        "exec of user '\(user)' has the apiVersion '\(version)': it must be \(ExecCommand.versions.joined(separator: " or "))"
      )
    }
    guard exec.interactiveMode != "Always" else {
      throw KubeError("exec of user '\(user)' needs a user at a terminal (interactiveMode: Always), and there is none")
    }
    var cluster: ExecCluster?
    if exec.provideClusterInfo ?? false {
      let authority = try access.authority?.read("certificate authority")
      cluster = ExecCluster(
        server: access.url.description, serverName: access.serverName, isUnverified: access.isUnverified ? true : nil,
        authorityData: authority.map { Data($0) })
    }
    return ExecCommand(
      apiVersion: version, program: program.contains("/") ? path(program, directory) : program,
      arguments: exec.args ?? [],
      environment: Dictionary((exec.env ?? []).map { ($0.name, $0.value) }) { $1 }, hint: exec.installHint ?? "",
      cluster: cluster)
  }

  private func material(
    _ data: String?, _ file: String?, _ directory: URL, _ name: String
  ) throws(KubeError) -> KubeAccess.Material? {
    if let data, !data.isEmpty {
      guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
        throw KubeError("\(name)-data is not base64")
      }
      return .data(bytes)
    }
    return file.flatMap { $0.isEmpty ? nil : .file(path($0, directory)) }
  }

  private func path(_ text: String, _ directory: URL) -> String {
    text.hasPrefix("/") ? text : directory.appending(path: text).path(percentEncoded: false)
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
    let first = environment["KUBECONFIG"]?.split(separator: ":").first.map(String.init)
    let home = environment["HOME"].map { $0 + "/.kube/config" }
    guard let path = first ?? home else {
      throw KubeError("there is no kubeconfig: give one with --kube-config, or run in a pod of the cluster")
    }
    return try KubeConfig.access(path: path, context: context)
  }
}
