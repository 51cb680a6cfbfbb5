// The entries of a kubeconfig (`v1 Config` of client-go). Every member may be missing or null, as for kubectl.

struct KubeConfigCluster: Decodable {
  var server: String?
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

struct KubeConfigContext: Decodable {
  var cluster: String?
  var user: String?
  var namespace: String?
}

struct KubeConfigUser: Decodable {
  struct Exec: Decodable {
    struct Variable: Decodable {
      var name: String?
      var value: String?
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
  struct Ignored: Decodable {
    init(from decoder: any Decoder) throws {}
  }

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
  /// The user as whom the requests are made.
  var subject: String?
  var subjectUID: String?
  var subjectGroups: [String]?
  var subjectExtra: [String: [String]?]?

  enum CodingKeys: String, CodingKey {
    case token, tokenFile, username, password, exec
    case certificate = "client-certificate"
    case certificateData = "client-certificate-data"
    case key = "client-key"
    case keyData = "client-key-data"
    case provider = "auth-provider"
    case subject = "as"
    case subjectUID = "as-uid"
    case subjectGroups = "as-groups"
    case subjectExtra = "as-user-extra"
  }
}
