import Fleet
import Foundation

/// The address of an API server and the credentials for it. The files that it names are read again for each connection,
/// because tokens and certificates rotate; `TLSContextCache` reads the system's authorities again every 5 minutes.
struct KubeAccess: Sendable {
  enum Credential: Sendable {
    case none
    case token(String)
    case tokenFile(String)
    case basic(user: String, password: String)
    case plugin(ExecPlugin)
  }

  /// Bytes in PEM, or the path of a file that holds them.
  enum Material: Sendable {
    case data(Data)
    case file(String)

    func read(_ name: String) throws(KubeError) -> [UInt8] {
      switch self {
      case .data(let data): return Array(data)
      case .file(let path):
        guard let data = FileManager.default.contents(atPath: path) else {
          throw KubeError("the \(name) \(path) cannot be read")
        }
        return Array(data)
      }
    }
  }

  var url: EngineURL
  var credential = Credential.none
  var authority: Material?
  var clientCertificate: (certificate: Material, key: Material)?
  var isUnverified = false
  /// The name that the server's certificate must bear; nil: the host of the URL.
  var serverName: String?
  /// The namespace of the kubeconfig's context; empty: the context has none.
  var namespace = ""
  /// The proxy before the server; nil: the client connects to the server itself.
  var proxy: HTTPProxy?
  /// As whom the requests are made; nil: as the user of the credential.
  var impersonation: Impersonation?

  /// The credentials that the client presents on one connection.
  struct Presented: Sendable {
    /// The value of the `authorization` header; nil: the request has none.
    var authorization: String?
    /// The client's certificates and their key, in PEM; nil: none.
    var identity: (certificate: [UInt8], key: [UInt8])?
    /// The credential that a plugin supplied; nil: no plugin did.
    var pluginCredential: ExecCredential?
  }

  /// Reads the credentials for a new connection. Throws `KubeError`.
  func presented() async throws -> Presented {
    var presented = Presented()
    if let (certificate, key) = clientCertificate {
      presented.identity = (try certificate.read("client certificate"), try key.read("client key"))
    }
    guard case .plugin(let plugin) = credential else {
      presented.authorization = try authorization()
      return presented
    }
    let issued = try await plugin.credential()
    presented.pluginCredential = issued
    presented.authorization = try issued.token.map { "Bearer \(try Self.token($0))" }
    if let certificate = issued.certificate, let key = issued.key {
      presented.identity = (Array(certificate.utf8), Array(key.utf8))
    }
    return presented
  }

  /// Drops the plugin's credential because the server has refused it.
  func refused(_ presented: Presented) async {
    if case .plugin(let plugin) = credential, let issued = presented.pluginCredential { await plugin.forget(issued) }
  }

  private func authorization() throws(KubeError) -> String? {
    switch credential {
    case .none, .plugin: return nil
    case .token(let token): return "Bearer \(try Self.token(token))"
    case .tokenFile(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw KubeError("the token file \(path) cannot be read")
      }
      return "Bearer \(try Self.token(String(decoding: data, as: UTF8.self)))"
    case .basic(let user, let password):
      return "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
    }
  }

  private static func token(_ text: String) throws(KubeError) -> String {
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw KubeError("the token is empty or is not printable ASCII")
    }
    return token
  }

  /// The TLS settings of one connection, with all files that they name read again.
  func tls(_ presented: Presented) throws(KubeError) -> TLSSettings {
    TLSSettings(
      authority: try authority?.read("certificate authority"), isUnverified: isUnverified,
      certificate: presented.identity?.certificate, key: presented.identity?.key)
  }

  /// The API server of the cluster that this process runs in; nil when it runs outside a cluster.
  static func inCluster(_ environment: [String: String]) throws(KubeError) -> KubeAccess? {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
      !host.isEmpty
    else { return nil }
    let account = "/var/run/secrets/kubernetes.io/serviceaccount"
    let name = host.contains(":") ? "[\(host)]" : host
    do {
      var access = KubeAccess(url: try EngineURL("https://\(name):\(port)"))
      access.credential = .tokenFile("\(account)/token")
      access.authority = .file("\(account)/ca.crt")
      return access
    } catch {
      throw KubeError("KUBERNETES_SERVICE_HOST: \(error.description)")
    }
  }
}

/// The reason why a request to an API server fails, for the operator.
struct KubeError: Error, Hashable, CustomStringConvertible {
  var description: String
  /// The HTTP status of the answer; nil when there was no answer.
  var status: Int?
  /// How long the server asks the client to wait (`Retry-After`, in seconds); nil: the server does not ask.
  var retryAfter: Duration?

  /// Whether the server does not accept a request of this form.
  var isRefusedForm: Bool {
    status.map { (400..<500).contains($0) && ![401, 403, 410, 429].contains($0) } ?? false
  }

  /// Whether a watch cannot begin at its version. Either the version is not valid on this server, or the server has yet
  /// to reach it (`Too large resource version`), as after its store was restored from a backup.
  var isOfVersion: Bool { status == 400 || status == 504 }

  init(_ description: String, status: Int? = nil, retryAfter: Duration? = nil) {
    self.description = description
    self.status = status
    self.retryAfter = retryAfter
  }
}
