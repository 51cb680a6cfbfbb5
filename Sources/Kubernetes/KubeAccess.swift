import Fleet
import Foundation
import NIOSSL

/// Where an API server is, and what it is shown. Files are read anew for each connection: tokens and certificates rotate.
struct KubeAccess: Sendable {
  enum Credential: Sendable {
    case none
    case token(String)
    case tokenFile(String)
    case basic(user: String, password: String)
    case plugin(ExecPlugin)
  }

  /// Bytes in PEM, or the path of a file with them.
  enum Material: Sendable {
    case data(Data)
    case file(String)

    func read(_ what: String) throws(KubeError) -> [UInt8] {
      switch self {
      case .data(let data): return Array(data)
      case .file(let path):
        guard let data = FileManager.default.contents(atPath: path) else {
          throw KubeError("the \(what) \(path) cannot be read")
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
  /// The name in the server's certificate, if it is another than the URL's.
  var serverName: String?
  /// The namespace of the context; empty: none.
  var namespace = ""

  /// What one connection shows.
  struct Shown: Sendable {
    /// The value of the `authorization` header.
    var authorization: String?
    /// Certificates and their key, in PEM.
    var identity: (certificate: [UInt8], key: [UInt8])?
    /// Where a plugin gave it.
    var given: ExecCredential?
  }

  /// Throws `KubeError`.
  func shown() async throws -> Shown {
    var shown = Shown()
    if let (certificate, key) = clientCertificate {
      shown.identity = (try certificate.read("client certificate"), try key.read("client key"))
    }
    guard case .plugin(let plugin) = credential else {
      shown.authorization = try authorization()
      return shown
    }
    let given = try await plugin.credential()
    shown.given = given
    shown.authorization = try given.token.map { "Bearer \(try Self.token($0))" }
    if let certificate = given.certificate, let key = given.key {
      shown.identity = (Array(certificate.utf8), Array(key.utf8))
    }
    return shown
  }

  /// The server does not take it.
  func refused(_ shown: Shown) async {
    if case .plugin(let plugin) = credential, let given = shown.given { await plugin.forget(given) }
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

  func tls(_ shown: Shown) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if isUnverified { configuration.certificateVerification = .none }
    if let authority {
      configuration.trustRoots = .certificates(
        try NIOSSLCertificate.fromPEMBytes(authority.read("certificate authority")))
    }
    if let (certificate, key) = shown.identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  /// The server of the cluster that this process runs in; nil outside of one.
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

/// Why an API server cannot be asked, for people.
struct KubeError: Error, Hashable, CustomStringConvertible {
  var description: String
  /// Of the answer; nil where there was none.
  var status: Int?
  /// How long the server wants to be left alone (`Retry-After`, in seconds); nil: it did not say.
  var retryAfter: Duration?

  /// Whether the server does not take a request of this form.
  var isRefusedForm: Bool {
    status.map { (400..<500).contains($0) && ![401, 403, 410, 429].contains($0) } ?? false
  }

  /// Whether a watch cannot begin where it was to: a version that is none to this server, or one that it has yet to reach
  /// (`Too large resource version`), as after a backup of its store was restored.
  var isOfVersion: Bool { status == 400 || status == 504 }

  init(_ description: String, status: Int? = nil, retryAfter: Duration? = nil) {
    self.description = description
    self.status = status
    self.retryAfter = retryAfter
  }
}
