import Foundation
import Testing

@testable import Fleet
@testable import Kubernetes

/// A directory of kubeconfigs, removed with the value.
final class KubeConfigFiles {
  let directory = FileManager.default.temporaryDirectory.appending(path: "kubeconfigs-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: directory) }

  func path(_ name: String) -> String { directory.appending(path: name).path(percentEncoded: false) }

  func write(_ text: String, _ name: String) throws -> String {
    let file = directory.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return path(name)
  }
}

@Suite("KUBECONFIG as a list")
struct KubeConfigListTests {
  func access(_ list: String, context: String? = nil) throws -> KubeAccess {
    try KubernetesSettings(context: context).access(["KUBECONFIG": list, "HOME": "/nonexistent"])
  }

  @Test func `the files of KUBECONFIG are one configuration`() async throws {
    let files = try KubeConfigFiles()
    let list = [
      try files.write(text(PackageResources.kubeconfig_1_context_yaml), "1"),
      try files.write(text(PackageResources.kubeconfig_2_cluster_yaml), "2"),
    ]
    for list in [list, list.reversed()] {
      let access = try access(list.joined(separator: ":"))
      #expect(access.url.description == "http://127.0.0.1:8001")
      #expect(try await access.presented().authorization == "Bearer t")
    }
  }

  @Test func `entries that the context does not name break nothing`() async throws {
    let files = try KubeConfigFiles()
    let path = try files.write(text(PackageResources.kubeconfig_unused_entries_yaml), "config")
    for access in [try access(path), try KubeConfig.access(path: path, context: nil)] {
      #expect(access.url.description == "http://127.0.0.1:8001" && access.proxy == nil)
      #expect(try await access.presented().authorization == "Bearer t")
    }
    #expect(throws: KubeError("\(path): the context 'other' names no cluster")) {
      try access(path, context: "other")
    }
  }

  @Test func `an entry that is broken at random takes no other along`() async throws {
    let files = try KubeConfigFiles()
    let oddities = [
      "null", "5", "[]", "{}", "{name: o}", "{name: [o], user: 5}",
      "{name: o, cluster: [], context: x, user: {exec: 5}}",
      "{name: o, user: {token: [a]}, cluster: {server: {}}, context: {cluster: {}}}", "{user: {token: x}}",
      "{name: o, cluster: {server: 'http://o', proxy-url: 'socks5://o', certificate-authority-data: '%'}}", "''",
    ]
    for oddity in oddities {
      let odd = "[\(oddity), "
      let path = try files.write(
        """
        current-context: c
        contexts: \(odd){name: c, context: {cluster: k, user: u}}, \(oddity)]
        clusters: \(odd){name: k, cluster: {server: 'http://k:1'}}, \(oddity)]
        users: \(odd){name: u, user: {token: t}}, \(oddity)]
        preferences: \(oddity)
        """, "config")
      let access = try access(path)
      #expect(access.url.description == "http://k:1", "\(oddity)")
      #expect(try await access.presented().authorization == "Bearer t", "\(oddity)")
    }
  }

  @Test func `the first file that has a name counts, as a whole`() async throws {
    let files = try KubeConfigFiles()
    let first = try files.write(
      """
      current-context: ''
      contexts: [{name: c, context: {cluster: k, user: u}}]
      users: [{name: u, user: {token: first}}]
      """, "first")
    let second = try files.write(
      """
      current-context: c
      contexts: [{name: c, context: {cluster: wrong, user: wrong, namespace: wrong}}]
      clusters: [{name: k, cluster: {server: 'http://k:1'}}]
      users: [{name: u, user: {token: second, as: root}}]
      """, "second")
    let third = try files.write("current-context: d", "third")
    let access = try access(":\(first)::\(second):\(first):\(third):")
    #expect(access.url.description == "http://k:1" && access.namespace == "")
    #expect(try await access.presented().authorization == "Bearer first")
    #expect(access.impersonation?.headers == [])
  }

  @Test func `a path is relative to the file that has it`() throws {
    let files = try KubeConfigFiles()
    let one = try files.write(
      "clusters: [{name: k, cluster: {server: 'https://k', certificate-authority: ca}}]", "a/one")
    let two = try files.write(
      """
      current-context: c
      contexts: [{name: c, context: {cluster: k, user: u}}]
      users: [{name: u, user: {client-certificate: pem/c, client-key: /k, tokenFile: t}}]
      """, "b/two")
    let access = try access("\(one):\(two)")
    #expect(access.authority?.path == files.path("a/ca"))
    #expect(access.clientCertificate?.certificate.path == files.path("b/pem/c"))
    #expect(access.clientCertificate?.key.path == "/k")
    guard case .tokenFile(files.path("b/t")) = access.credential else {
      Issue.record("\(access.credential)")
      return
    }
  }

  @Test func `missing and empty files do not count, and none at all is an error`() throws {
    let files = try KubeConfigFiles()
    let empty = try files.write("", "empty")
    let path = try files.write(text(PackageResources.kubeconfig_unused_entries_yaml), "config")
    let gone = files.path("gone")
    #expect(try access("\(gone):\(empty):\(path)").url.description == "http://127.0.0.1:8001")
    #expect(throws: KubeError("none of the files that KUBECONFIG names exists: \(gone), \(gone)2")) {
      try access("\(gone):\(gone)2")
    }
    #expect(throws: KubeError("KUBECONFIG names no file")) { try access("::") }
    #expect(throws: KubeError("\(empty): it has no current-context: name the context with --kube-context")) {
      try access(empty)
    }
    // Each request reads the files anew, so a file that comes later counts from then on.
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: KubeError.self) { try access("\(gone):\(path)") }
    _ = try files.write(text(PackageResources.kubeconfig_unused_entries_yaml), "gone")
    #expect(try access("\(gone):\(path)").url.description == "http://127.0.0.1:8001")
  }

  @Test func `a file that is no YAML is named without the text at the place`() throws {
    let files = try KubeConfigFiles()
    let path = try files.write("users:\n- {name: u, user: {token: secret-token\n", "broken")
    let error = #expect(throws: KubeError.self) { try access(path) }
    #expect(error?.description.hasPrefix("\(path) is not a kubeconfig: ") == true)
    #expect(error?.description.contains("secret") == false)
    let odd = try files.write(
      """
      current-context: c
      contexts: [{name: c, context: {cluster: k, user: u}}]
      clusters: [{name: k, cluster: {server: 'http://k'}}]
      users: [{name: u, user: {token: [secret]}}]
      """, "odd")
    #expect(throws: KubeError("\(odd): the user 'u' is not valid: token has a value of another type")) {
      try access(odd)
    }
  }

  @Test func `a kubeconfig may have a byte order mark and lines that end as on Windows`() throws {
    let files = try KubeConfigFiles()
    let text = text(PackageResources.kubeconfig_unused_entries_yaml).replacing("\n", with: "\r\n")
    let path = try files.write("\u{feff}" + text, "config")
    #expect(try access(path).url.description == "http://127.0.0.1:8001")
  }

  @Test func `as and its kin become the headers of client-go`() throws {
    let files = try KubeConfigFiles()
    func headers(_ user: String) throws -> [String] {
      let path = try files.write(
        """
        current-context: c
        contexts: [{name: c, context: {cluster: k, user: u}}]
        clusters: [{name: k, cluster: {server: 'http://k'}}]
        users: [{name: u, user: \(user)}]
        """, "config")
      return (try access(path).impersonation?.headers ?? []).map { "\($0.name): \($0.value)" }
    }
    #expect(
      try headers("{as: a, as-uid: '7', as-groups: [g, h], as-user-extra: {Reason/x: [r, s], empty: [], none: null}}")
        == [
          "Impersonate-User: a", "Impersonate-Uid: 7", "Impersonate-Group: g", "Impersonate-Group: h",
          "Impersonate-Extra-Reason%2Fx: r", "Impersonate-Extra-Reason%2Fx: s",
        ])
    #expect(try headers("{as: '', as-groups: []}") == [])
    #expect(throws: KubeError.self) { try headers("{as-groups: [g]}") }
    #expect(throws: KubeError.self) { try headers("{as: \"a\\nb\"}") }
  }

  @Test func `a request has the headers of the user as whom it is made`() async throws {
    let files = try KubeConfigFiles()
    let api = try await ScriptedAPI.start([]) { _ in Told.list([], version: "5") }
    let path = try files.write(
      """
      current-context: c
      contexts: [{name: c, context: {cluster: k, user: u}}]
      clusters: [{name: k, cluster: {server: '\(api.url)'}}]
      users: [{name: u, user: {token: t, as: robot, as-groups: [g]}}]
      """, "config")
    _ = try await KubeClient(access: try access(path)).get("/x")
    let request = try #require(api.requests.last).lowercased()
    #expect(request.contains("\r\nimpersonate-user: robot\r\nimpersonate-group: g\r\n"))
    try await api.stop()
  }
}

extension KubeAccess.Material {
  fileprivate var path: String? { if case .file(let path) = self { path } else { nil } }
}

/// The text of an embedded file.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
