import Fleet
import Foundation

/// A credential plugin: the `exec` command of a user in a kubeconfig (client.authentication.k8s.io, v1 and v1beta1).
struct ExecCommand: Hashable, Sendable {
  /// The API version of the plugin's input and output.
  var apiVersion: String
  /// A path, or a name to look up in `PATH`.
  var program: String
  var arguments: [String]
  /// Variables that the plugin gets besides this process's own environment.
  var environment: [String: String]
  /// How to install the plugin, for the operator.
  var hint: String
  /// The cluster that the credential is for, as JSON of `ExecCredentialSpec.cluster`; nil when the plugin does not ask
  /// for it.
  var cluster: ExecCluster?

  static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

  /// The value of `KUBERNETES_EXEC_INFO`. The plugin must not prompt: Rollcall has no user at a terminal.
  func info() throws -> String {
    struct Spec: Encodable {
      var interactive = false
      var cluster: ExecCluster?
    }
    struct Info: Encodable {
      var apiVersion: String
      var kind = "ExecCredential"
      var spec: Spec
    }
    let info = Info(apiVersion: apiVersion, spec: Spec(cluster: cluster))
    return String(decoding: try JSONEncoder().encode(info), as: UTF8.self)
  }
}

/// The cluster that a credential is for, as the plugin sees it.
struct ExecCluster: Hashable, Sendable, Encodable {
  var server: String
  var serverName: String?
  var isUnverified: Bool?
  var authorityData: Data?

  private enum CodingKeys: String, CodingKey {
    case server
    case serverName = "tls-server-name"
    case isUnverified = "insecure-skip-tls-verify"
    case authorityData = "certificate-authority-data"
  }
}

/// The credential that a plugin printed: a token, a client certificate, or both.
struct ExecCredential: Hashable, Sendable {
  var token: String?
  /// The client certificate, in PEM.
  var certificate: String?
  /// The key of the certificate, in PEM.
  var key: String?
  /// nil: the credential is valid until the server refuses it.
  var expires: Date?

  private struct Output: Decodable {
    struct Status: Decodable {
      var token: String?
      var clientCertificateData: String?
      var clientKeyData: String?
      var expirationTimestamp: String?
    }
    var apiVersion: String
    var kind: String
    var status: Status?
  }

  /// Reads the output of a plugin.
  init(_ output: Data, apiVersion: String) throws(KubeError) {
    guard let printed = try? JSONDecoder().decode(Output.self, from: output), printed.kind == "ExecCredential" else {
      throw KubeError("it printed something else than an ExecCredential")
    }
    guard printed.apiVersion == apiVersion else {
      throw KubeError("it printed \(printed.apiVersion.prefix(100)), and the kubeconfig requires \(apiVersion)")
    }
    func text(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    token = text(printed.status?.token)
    certificate = text(printed.status?.clientCertificateData)
    key = text(printed.status?.clientKeyData)
    guard (certificate == nil) == (key == nil) else { throw KubeError("it printed a certificate or its key, not both") }
    guard token != nil || certificate != nil else { throw KubeError("it printed neither a token nor a certificate") }
    if let time = text(printed.status?.expirationTimestamp) {
      guard let date = Self.date(time) else { throw KubeError("its expirationTimestamp is no time of RFC 3339") }
      expires = date
    }
  }

  private static func date(_ text: String) -> Date? {
    (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}
