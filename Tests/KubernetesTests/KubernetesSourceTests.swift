import Foundation
import Logging
import Synchronization
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("The source over one cluster", .timeLimit(.minutes(1)))
struct KubernetesSourceTests {
  /// Runs a source over an API server that replies by the target of a request, while the test runs.
  func following(
    _ namespaces: [String] = [], _ route: @escaping @Sendable (Substring) -> ScriptedAPI.Reply?,
    _ test: (ScriptedAPI, NotedFleet) async throws -> Void
  ) async throws {
    let api = try await ScriptedAPI.start([]) { target in
      if let reply = route(target) { return reply }
      if target.hasPrefix("/apis/model.aibrix.ai") { return Told.refusal(404, "NotFound", "not found") }
      return target.contains("watch=true") ? nil : Told.list([], version: "5")
    }
    let config = FileManager.default.temporaryDirectory.appendingPathComponent("kubeconfig-\(UUID())")
    defer { try? FileManager.default.removeItem(at: config) }
    try Data(
      """
      current-context: c
      contexts: [{name: c, context: {cluster: k}}]
      clusters: [{name: k, cluster: {server: "\(api.url)"}}]
      """.utf8
    ).write(to: config)
    let log = NotedLog()
    let settings = try KubernetesSettings(config: config.path, namespaces: namespaces)
    let source = try KubernetesSource(settings, logger: Logger(label: "test") { _ in log })
    let fleet = NotedFleet(log)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await source.run(fleet) }
      try await test(api, fleet)
      group.cancelAll()
    }
    try await api.stop()
  }

  func engines(_ count: Int) -> [OmittedEngine] {
    (0..<count).map { OmittedEngine(part: "pods", id: "n/p\($0):8000", podUID: "uid-p\($0)") }
  }

  @Test func `what can be known is reported before the rest`() async throws {
    try await following(["a", "b"]) { target in
      target.contains("/namespaces/b/pods") ? Told.refusal(503, "ServiceUnavailable", "starting") : nil
    } _: { _, fleet in
      try await until { fleet.parts["pods/a"]?.isComplete == true && fleet.parts["pods/b"]?.outage != nil }
      #expect(fleet.parts["pods/b"]?.isComplete == false)
      try await until { fleet.parts["deployments/a"]?.isComplete == true }
      #expect(fleet.parts["deployments/b"]?.isComplete == false)
    }
  }

  @Test func `a cluster of which nothing is known fails`() async throws {
    try await following { _ in
      Told.refusal(503, "ServiceUnavailable", "starting")
    } _: { _, fleet in
      try await until { fleet.failures > 1 }
      #expect(fleet.parts.isEmpty)
    }
  }

  @Test func `what a list omits is looked up, and denied when the server has it not`() async throws {
    try await following { target in
      if target.hasSuffix("/p0") {
        return ScriptedAPI.Reply(pieces: [Told.pod("p0", "4")])
      }
      return target.hasPrefix("/api/v1/namespaces/n/pods/") ? Told.refusal(404, "NotFound", "not found") : nil
    } _: { _, fleet in
      fleet.wait(for: engines(3))
      try await until { fleet.denied.count == 2 }
      #expect(Set(fleet.denied) == Set(engines(3).dropFirst()))
      // The pod that is there has no label that the selector wants.
      try await until { fleet.ended.contains("n/p0:8000") }
    }
  }

  @Test func `at most 16 lookups run side by side`() async throws {
    try await following { target in
      target.hasPrefix("/api/v1/namespaces/n/pods/") ? Told.watch([], .hold) : nil
    } _: { api, fleet in
      fleet.wait(for: engines(40))
      let lookups = { api.requests.count { $0.hasPrefix("GET /api/v1/namespaces/n/pods/") } }
      try await until { lookups() == 16 }
      try await Task.sleep(for: .milliseconds(200))
      #expect(lookups() == 16)
    }
  }

  @Test func `a server that cannot answer a lookup is asked again`() async throws {
    let count = Atomic(0)
    try await following { target in
      guard target.hasPrefix("/api/v1/namespaces/n/pods/") else { return nil }
      switch count.add(1, ordering: .relaxed).newValue {
      case 1: return Told.refusal(503, "ServiceUnavailable", "etcd is away")
      case 2: return ScriptedAPI.Reply(pieces: ["<html>"])
      default: return Told.refusal(404, "NotFound", "not found")
      }
    } _: { _, fleet in
      fleet.wait(for: engines(1))
      try await until { fleet.denied == engines(1) }
      #expect(count.load(ordering: .relaxed) == 3)
    }
  }

  @Test(arguments: ["deployments", "modeladapters"])
  func `a missing right to list is logged once`(resource: String) async throws {
    let count = Atomic(0)
    try await following { target in
      if target.hasSuffix("v1alpha1") { return ScriptedAPI.Reply(pieces: ["{}"]) }
      guard target.contains("/\(resource)?") else { return nil }
      count.add(1, ordering: .relaxed)
      return Told.refusal(403, "Forbidden", "\(resource) is forbidden")
    } _: { _, fleet in
      try await until { count.load(ordering: .relaxed) > 1 && fleet.parts["pods"]?.isComplete == true }
      let lines = fleet.log.lines.filter { $0.contains("cannot be listed") }
      #expect(lines.count == 1 && lines[0].contains("\(resource) is forbidden"))
      #expect(fleet.parts[resource]?.isComplete == false && fleet.parts.values.allSatisfy { $0.outage == nil })
    }
  }

  @Test func `without the right to get a part is not askable`() async throws {
    try await following { target in
      target.hasPrefix("/api/v1/namespaces/n/pods/") ? Told.refusal(403, "Forbidden", "cannot get pods") : nil
    } _: { _, fleet in
      fleet.wait(for: engines(3))
      try await until { fleet.parts["pods"]?.isAskable == false }
      #expect(fleet.denied.isEmpty && fleet.parts["deployments"]?.isAskable == true)
      #expect(fleet.log.lines.count { $0.contains("single objects cannot be read") } == 1)
    }
  }
}

/// A fleet that waits for the engines that a test names, until the source denies them.
final class NotedFleet: SourceDelegate {
  private struct State {
    var parts: [String: SourcePart] = [:]
    var ended: Set<String> = []
    var awaited: [OmittedEngine] = []
    var denied: [OmittedEngine] = []
    var failures = 0
  }

  /// The log of the source.
  let log: NotedLog
  private let state = Mutex(State())

  init(_ log: NotedLog) { self.log = log }

  /// The parts of the last answer.
  var parts: [String: SourcePart] { state.withLock(\.parts) }
  var ended: Set<String> { state.withLock(\.ended) }
  var denied: [OmittedEngine] { state.withLock(\.denied) }
  var failures: Int { state.withLock(\.failures) }

  func wait(for engines: [OmittedEngine]) { state.withLock { $0.awaited = engines } }

  func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    state.withLock { state in
      state.parts = Dictionary(answer.parts.map { ($0.name, $0) }) { first, _ in first }
      state.ended.formUnion(answer.ended)
      state.awaited.removeAll { state.ended.contains($0.id) }
      return state.awaited.filter { state.parts[$0.part]?.isAskable == true }
    }
  }

  func denied(source: SourceID, _ engines: [OmittedEngine]) {
    state.withLock { state in
      state.denied += engines
      state.awaited.removeAll { engines.contains($0) }
    }
  }

  func failed(source: SourceID, reason: String) { state.withLock { $0.failures += 1 } }
}
