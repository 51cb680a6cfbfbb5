import Foundation
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Kubeconfigs")
struct KubeConfigTests {
  func access(
    user: String = "{}", cluster: String = "", context: String? = nil, current: String = "test"
  ) throws -> KubeAccess {
    let file = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let text = """
      apiVersion: v1
      kind: Config
      current-context: \(current)
      preferences: {}
      clusters:
        - name: c
          cluster: {server: "https://api.example:6443/base"\(cluster)}
      users:
        - {name: u, user: \(user)}
      contexts:
        - name: test
          context: {cluster: c, user: u, namespace: team-a}
        - {name: anonymous, context: {cluster: c}}
        - {name: broken, context: {cluster: nowhere, user: u}}
        - {name: stranger, context: {cluster: c, user: nobody}}
      """
    try Data(text.utf8).write(to: file)
    return try KubeConfig.access(path: file.path(percentEncoded: false), context: context)
  }

  @Test func `a kubeconfig gives the server and the credential`() async throws {
    let access = try access(user: "{token: abc}", cluster: ", tls-server-name: kube, insecure-skip-tls-verify: true")
    #expect(access.url.description == "https://api.example:6443/base")
    #expect(try await access.presented().authorization == "Bearer abc")
    #expect(access.serverName == "kube" && access.isUnverified && access.namespace == "team-a")
  }

  @Test func `a context may have no user`() async throws {
    #expect(try await access(context: "anonymous").presented().authorization == nil)
  }

  @Test func `a context whose user is missing is anonymous, as for kubectl`() async throws {
    let access = try access(user: "{token: abc}", context: "stranger")
    #expect(try await access.presented().authorization == nil && access.clientCertificate == nil)
  }

  @Test func `a user name and a password become basic authorization`() async throws {
    #expect(try await access(user: "{username: a, password: b}").presented().authorization == "Basic YTpi")
  }

  @Test func `a token file is read anew each time and wins over the token`() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path(percentEncoded: false)
    let access = try access(user: "{token: old, tokenFile: \"\(path)\"}")
    await #expect(throws: KubeError("the token file \(path) cannot be read")) { try await access.presented() }
    for token in ["one", "two"] {
      try Data("\(token)\n".utf8).write(to: file)
      #expect(try await access.presented().authorization == "Bearer \(token)")
    }
    try Data("a\nb: c".utf8).write(to: file)
    await #expect(throws: KubeError.self) { try await access.presented() }
  }

  @Test(arguments: [
    ("{}", "", "nosuch", "there is no context 'nosuch'"), ("{}", "", "broken", "there is no cluster 'nowhere'"),
    ("{exec: {command: aws}}", "", nil, "it must be client.authentication.k8s.io/v1 or"),
    ("{exec: {apiVersion: client.authentication.k8s.io/v1}}", "", nil, "has no command"),
    (
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Always}}", "", nil,
      "there is none"
    ),
    ("{auth-provider: {name: gcp}}", "", nil, "has an auth-provider"),
    ("{client-certificate: x}", "", nil, "without its key"),
    ("{}", ", proxy-url: \"socks5://u:secret@p:1\"", nil, "proxy-url names a proxy of the kind socks5"),
    ("{}", ", proxy-url: \"https://p:1\"", nil, "proxy-url names a proxy of the kind https"),
    ("{}", ", proxy-url: \"http://p:0\"", nil, "proxy-url has a port"),
    ("{}", ", proxy-url: \"http://\"", nil, "proxy-url is not the URL of a proxy"),
    ("{}", ", certificate-authority-data: \"%%%\"", nil, "certificate-authority-data is not base64"),
  ])
  func `a wrong kubeconfig is refused with a reason`(user: String, cluster: String, context: String?, error: String) {
    let problem = #expect(throws: KubeError.self) { try access(user: user, cluster: cluster, context: context) }
    #expect(problem?.description.contains(error) == true, "\(String(describing: problem))")
    #expect(problem?.description.contains("secret") == false)
  }

  @Test func `a pod finds its own cluster`() throws {
    let outside = try KubeAccess.inCluster([:])?.url
    #expect(outside == nil)
    let access = try #require(
      try KubeAccess.inCluster(["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]))
    #expect(access.url.description == "https://[fd00::1]")
  }
}
