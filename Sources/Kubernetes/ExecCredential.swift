import Fleet
import Foundation

/// A command of a kubeconfig that hands out credentials: `exec` of a user (client.authentication.k8s.io, v1 and v1beta1).
struct ExecCommand: Hashable, Sendable {
  /// Of what it is told and tells.
  var apiVersion: String
  /// A path, or a name that is looked up in `PATH`.
  var program: String
  var arguments: [String]
  /// Besides this process' own.
  var environment: [String: String]
  /// How to install it, for people.
  var hint: String
  /// The cluster it is for, where it wants to know: JSON of `ExecCredentialSpec.cluster`.
  var cluster: ExecCluster?

  static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

  /// `KUBERNETES_EXEC_INFO`: nobody is there to be asked.
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

/// What a plugin is told of the cluster that its credential is for.
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

/// What a plugin told: a token, a client certificate, or both.
struct ExecCredential: Hashable, Sendable {
  var token: String?
  /// PEM.
  var certificate: String?
  /// PEM.
  var key: String?
  /// nil: it lasts until it is refused.
  var expires: Date?

  private struct Told: Decodable {
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
    guard let told = try? JSONDecoder().decode(Told.self, from: output), told.kind == "ExecCredential" else {
      throw KubeError("it printed something else than an ExecCredential")
    }
    guard told.apiVersion == apiVersion else {
      throw KubeError("it speaks \(told.apiVersion.prefix(100)), and the kubeconfig says \(apiVersion)")
    }
    func text(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    token = text(told.status?.token)
    certificate = text(told.status?.clientCertificateData)
    key = text(told.status?.clientKeyData)
    guard (certificate == nil) == (key == nil) else { throw KubeError("it told a certificate or its key, not both") }
    guard token != nil || certificate != nil else { throw KubeError("it told neither a token nor a certificate") }
    if let time = text(told.status?.expirationTimestamp) {
      guard let date = Self.date(time) else { throw KubeError("its expirationTimestamp is no time of RFC 3339") }
      expires = date
    }
  }

  private static func date(_ text: String) -> Date? {
    (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}
