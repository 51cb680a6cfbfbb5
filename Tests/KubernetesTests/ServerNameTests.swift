import Foundation
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("The name of an API server", .timeLimit(.minutes(1)))
struct ServerNameTests {
  /// The certificate bears 127.0.0.1 and localhost.
  @Test(arguments: [
    (nil, true), ("localhost", true), ("LOCALHOST.", true), ("127.0.0.1", true), ("kubernetes.default", false),
    ("127.0.0.2", false), ("::1", false), ("host", false),
  ])
  func `the certificate must bear the name that the kubeconfig demands`(name: String?, isTrusted: Bool) async throws {
    let api = try await ScriptedAPI.start([Told.list([], version: "5")], tls: TestCertificate.server())
    var access = KubeAccess(url: try EngineURL(api.url))
    access.authority = .data(Data(TestCertificate.text.utf8))
    access.serverName = name
    let client = KubeClient(access: access)
    if isTrusted {
      let answer = try await client.get("/")
      #expect(!answer.isEmpty)
    } else {
      let error = await #expect(throws: KubeError.self) { _ = try await client.get("/") }
      #expect(error?.description.contains("certificate of the server is not valid for \(name ?? "")") == true)
      #expect(api.requests.isEmpty)
    }
    try await api.stop()
  }
}
