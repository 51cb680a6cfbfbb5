import Foundation
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Credential plugins of kubeconfigs", .timeLimit(.minutes(5)))
struct ExecPluginTests {
  static let version = "client.authentication.k8s.io/v1"

  /// A script of `sh` that is a plugin, in a directory of its own, for the length of a closure.
  func withPlugin(
    _ script: String, limit: Duration = ExecPlugin.limit, _ body: (ExecPlugin, _ directory: URL) async throws -> Void
  ) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "plugin-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let command = ExecCommand(
      apiVersion: Self.version, program: "sh",
      arguments: ["-c", "cd '\(directory.path(percentEncoded: false))'; \(script)"], environment: ["X": "set"],
      hint: "install it")
    // A plugin that a signal ends needs more than the usual patience on a machine that runs other tests.
    try await body(ExecPlugin(command, limit: limit, patience: .seconds(50)), directory)
  }

  func told(_ status: String) -> String {
    #"{"apiVersion":"\#(Self.version)","kind":"ExecCredential","status":{\#(status)}}"#
  }

  /// Tells a token that counts its runs, in a file.
  func counting(_ more: String = "") -> String {
    let told = told(#""token":"t%s"\#(more)"#)
    return #"echo run >> runs; printf '\#(told)' "$(wc -l < runs | tr -d ' ')""#
  }

  @Test func `a token is kept until the server refuses it`() async throws {
    try await withPlugin(counting()) { plugin, _ in
      let first = try await plugin.credential()
      #expect(first.token == "t1" && first.expires == nil)
      #expect(try await plugin.credential() == first)
      await plugin.forget(first)
      let second = try await plugin.credential()
      #expect(second.token == "t2")
      // An old one that is refused late.
      await plugin.forget(first)
      #expect(try await plugin.credential() == second)
    }
  }

  @Test(arguments: [
    ("2999-01-01T00:00:00Z", true), ("2999-01-01T00:00:00.5+02:00", true), ("2001-01-01T00:00:00Z", false),
  ])
  func `a token is kept until it expires`(end: String, isKept: Bool) async throws {
    try await withPlugin(counting(#","expirationTimestamp":"\#(end)""#)) { plugin, _ in
      let (first, second) = (try await plugin.credential(), try await plugin.credential())
      #expect(first.token == "t1" && second.token == (isKept ? "t1" : "t2"))
    }
  }

  @Test func `callers that ask at once share one run of the plugin`() async throws {
    try await withPlugin("sleep 0.1; " + counting()) { plugin, _ in
      let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<10 { group.addTask { try await plugin.credential().token } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(tokens == Array(repeating: "t1", count: 10))
    }
  }

  @Test func `a plugin gets its environment and KUBERNETES_EXEC_INFO`() async throws {
    let script = #"[ "$X" = set ] && printf %s "$KUBERNETES_EXEC_INFO" > info; printf '%s' '\#(told(#""token":"t""#))'"#
    try await withPlugin(script) { plugin, directory in
      _ = try await plugin.credential()
      let info = try String(contentsOf: directory.appending(path: "info"), encoding: .utf8)
      #expect(info.contains(#""kind":"ExecCredential""#) && info.contains(#""interactive":false"#))
    }
  }

  @Test(arguments: [
    ("exit 3", "it ended with 3"), ("echo hello", "something else than an ExecCredential"), ("true", "something else"),
    (#"echo '{"apiVersion":"v9","kind":"ExecCredential"}'"#, "it printed v9"),
    ("head -c 2000000 /dev/zero", "more than 1 MiB"),
    (#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'"#, "neither a token nor"),
  ])
  func `a failure of the plugin is reported with its reason`(script: String, error: String) async throws {
    try await withPlugin(script) { plugin, _ in
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description.hasPrefix("the credential plugin sh: ") == true)
      #expect(problem?.description.contains(error) == true, "\(String(describing: problem))")
    }
  }

  @Test(arguments: [
    (#""clientCertificateData":"c""#, "not both"),
    (#""token":"t","expirationTimestamp":"soon""#, "no time of RFC 3339"),
    (#""token":"""#, "neither a token nor"),
  ])
  func `the credential that a plugin prints is checked`(status: String, error: String) async throws {
    try await withPlugin("echo '\(told(status))'") { plugin, _ in
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description.contains(error) == true, "\(String(describing: problem))")
    }
  }

  @Test func `a missing plugin is reported with its hint`() async throws {
    let command = ExecCommand(
      apiVersion: Self.version, program: "no-such-plugin", arguments: [], environment: [:], hint: "install it")
    let problem = await #expect(throws: KubeError.self) { try await ExecPlugin(command).credential() }
    #expect(problem?.description == "the credential plugin no-such-plugin: it cannot be run; install it")
  }

  @Test func `a token that the server refused is requested anew`() async throws {
    let api = try await ScriptedAPI.start([Told.refusal(401, "Unauthorized", "no"), Told.list([], version: "1")])
    try await withPlugin(counting()) { plugin, _ in
      var access = KubeAccess(url: try EngineURL(api.url))
      access.credential = .plugin(plugin)
      let client = KubeClient(access: access)
      await #expect(throws: KubeError.self) { try await client.get("/") }
      _ = try await client.get("/")
      #expect(api.requests[0].contains("Bearer t1") && api.requests[1].contains("Bearer t2"))
    }
    try await api.stop()
  }

  @Test func `a kubeconfig names the plugin to run`() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "exec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: directory.appending(path: "bin"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let plugin = directory.appending(path: "bin/get")
    let script = """
      #!/bin/sh
      case "$KUBERNETES_EXEC_INFO" in *'"server":"https:\\/\\/api.example:6443"'*) ;; *) exit 7 ;; esac
      printf '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"%s-%s"}}' "$1" "$NAME"
      """
    try Data(script.utf8).write(to: plugin)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin.path(percentEncoded: false))
    let config = directory.appending(path: "config")
    let text = """
      current-context: c
      clusters: [{name: c, cluster: {server: "https://api.example:6443"}}]
      contexts: [{name: c, context: {cluster: c, user: u}}]
      users:
        - name: u
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1beta1
              command: ./bin/get
              args: [one]
              env: [{name: NAME, value: two}]
              provideClusterInfo: true
              interactiveMode: IfAvailable
      """
    try Data(text.utf8).write(to: config)
    let access = try KubeConfig.access(path: config.path(percentEncoded: false), context: nil)
    #expect(try await access.presented().authorization == "Bearer one-two")
  }
}
