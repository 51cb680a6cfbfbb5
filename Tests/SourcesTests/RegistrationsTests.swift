import Catalog
import HTTP
import Logging
import Synchronization
import TestKit
import Testing

@testable import Fleet
@testable import Sources

/// Keeps registrations in memory, and refuses as a test says.
private final class NotedRegistrations: RegistrationStore {
  struct State {
    var held: [String: Registration] = [:]
    var failure: StoreError?
    var writes = 0
  }

  let state = Mutex(State())

  var leases: [String] { state.withLock { $0.held.keys.sorted() } }
  func fail(_ error: StoreError?) { state.withLock { $0.failure = error } }

  func register(_ registration: Registration, at: Timestamp) async throws {
    try state.withLock { state in
      state.writes += 1
      if let failure = state.failure { throw failure }
      state.held[registration.leaseID] = registration
    }
  }

  func deregister(_ leaseIDs: [String], isDurable: Bool, at: Timestamp) async throws {
    try state.withLock { state in
      state.writes += 1
      if let failure = state.failure { throw failure }
      for leaseID in leaseIDs { state.held[leaseID] = nil }
    }
  }
}

@Suite struct RegistrationsTests {
  private let clock = HandFleetClock()
  private let store = NotedRegistrations()
  private let fleet: FleetMonitor
  private let log = NotedLog()

  init() {
    fleet = FleetMonitor(
      settings: ProbeSettings(), prober: FakeProber(), sink: NotedSink(), logger: Logger(label: "") { _ in NotedLog() },
      expecting: [.static, .registration], clock: clock)
  }

  private func registrations(
    _ stored: [Registration] = [], cluster: String = "", egress: EgressPolicy = EgressPolicy()
  ) -> Registrations {
    Registrations(
      stored, store: store, fleet: fleet, cluster: cluster, egress: egress,
      logger: Logger(label: "") { [log] _ in log }, clock: clock)
  }

  private func claim(
    _ lease: String = "", _ url: String = "http://a:1", id: String = "", namespace: String = "default"
  ) -> Registration {
    Registration(leaseID: lease, namespace: namespace, url: url, engineID: id, ttl: .seconds(10))
  }

  /// Runs the source beside `body`.
  private func running(
    _ registrations: Registrations, _ body: (Registrations) async throws -> Void
  ) async throws {
    let source = Task { [fleet] in await registrations.run(fleet) }
    try await until { clock.hand.sleeperCount == 1 }
    try await body(registrations)
    source.cancel()
    await source.value
  }

  /// Second by second, as time passes for who does not stand still.
  private func pass(seconds: Int, _ registrations: Registrations) async throws {
    for _ in 0..<seconds {
      try await until { clock.hand.sleeperCount == 1 }
      clock.hand.advance(by: .seconds(1))
      try await until { registrations.table.withLock { $0.lastAdvance == clock.now.up } }
    }
    try await until { clock.hand.sleeperCount == 1 }
  }

  @Test func `an engine at a place that is not allowed is refused at once where its URL shows it`() async throws {
    var egress = EgressPolicy()
    egress.denied = [try #require(AddressRange("10.9.0.0/16"))]
    egress.schemes = ["http"]
    let registrations = registrations(egress: egress)
    for (url, problem) in [
      ("http://10.9.0.7:8000", "10.9.0.7 is among --deny-engine-address"),
      ("https://a:1", "https is not among --engine-scheme"),
      ("http://169.254.169.254", "169.254.169.254 belongs to the metadata services of clouds"),
    ] {
      let error = await #expect(throws: RegistrationError.self) { try await registrations.register(claim("", url)) }
      guard case .invalid(field: "url", let text) = error else {
        Issue.record("\(url): \(String(describing: error))")
        continue
      }
      #expect(text.hasPrefix("is not allowed here: \(problem)"))
    }
    #expect(store.leases.isEmpty && registrations.count == 0)
    _ = try await registrations.register(claim("", "http://10.8.0.7:8000"))
  }

  @Test func `a registration is stored, joins the fleet, and is forgotten when its lease ends`() async throws {
    try await running(registrations()) { registrations in
      let made = try await registrations.register(claim())
      #expect(made.engineID == "a:1")
      #expect(Registration.isLeaseID(made.registration.leaseID) && store.leases == [made.registration.leaseID])
      try await until { fleet.sources(ofEngine: "a:1") == ["registration"] }
      let lease = try #require(registrations.leases(at: try EngineSpec(url: "http://a:1").place).first)
      #expect(lease.expiresAt - clock.now.wall == .seconds(10))
      try await pass(seconds: 9, registrations)
      #expect(registrations.keepAlive(leaseID: lease.leaseID) == .seconds(10))
      try await pass(seconds: 9, registrations)
      #expect(registrations.count == 1)
      try await pass(seconds: 1, registrations)
      try await until { store.leases.isEmpty && fleet.sources(ofEngine: "a:1").isEmpty }
      #expect(registrations.keepAlive(leaseID: lease.leaseID) == nil)
    }
  }

  @Test func `a stored registration has its whole TTL anew, in the cluster of the server`() async throws {
    let stored = [claim("one"), claim("two", "http://b:1", id: "x"), claim("broken", "no url")]
    for registration in stored { try await store.register(registration, at: Timestamp(microseconds: 0)) }
    try await running(registrations(stored, cluster: "west")) { registrations in
      try await until { fleet.described.map(\.id).sorted() == ["a:1", "x"] }
      #expect(fleet.described.allSatisfy { $0.place.cluster == "west" })
      // What is none any more is not kept.
      try await until { store.leases == ["one", "two"] }
      try await pass(seconds: 9, registrations)
      #expect(registrations.count == 2)
      try await pass(seconds: 1, registrations)
      try await until { store.leases.isEmpty }
    }
  }

  @Test func `an engine neither registers nor deregisters while the store refuses, and an ended lease goes later`()
    async throws
  {
    try await running(registrations()) { registrations in
      _ = try await registrations.register(claim("a"))
      store.fail(.unavailable(reason: "full"))
      let failure = RegistrationError.store(.unavailable(reason: "full"))
      await #expect(throws: failure) { try await registrations.register(claim("b", "http://b:1")) }
      await #expect(throws: failure) { try await registrations.deregister(leaseID: "a") }
      #expect(registrations.keepAlive(leaseID: "a") != nil && registrations.keepAlive(leaseID: "b") == nil)
      try await until { fleet.sources(ofEngine: "a:1") == ["registration"] }
      try await pass(seconds: 10, registrations)
      try await until { fleet.described.isEmpty }
      #expect(store.leases == ["a"])
      store.fail(nil)
      try await pass(seconds: 1, registrations)
      try await until { store.leases.isEmpty }
    }
  }

  @Test func `a lease that ended but is still stored is not deleted when the engine registers it again`() async throws {
    try await running(registrations()) { registrations in
      _ = try await registrations.register(claim("a"))
      store.fail(.unavailable(reason: "full"))
      try await pass(seconds: 10, registrations)
      try await until { registrations.count == 0 }
      store.fail(nil)
      while (try? await registrations.register(claim("a"))) == nil {}
      try await pass(seconds: 5, registrations)
      #expect(store.leases == ["a"] && registrations.count == 1)
    }
  }

  @Test func `an id that another engine has is refused, whichever source claims that engine`() async throws {
    let facts = EngineFacts(
      id: "told", endpoint: "", namespace: "other", condition: Condition(state: .cold, changedAt: clock.now.wall))
    fleet.received(
      SourceAnswer(source: .static, engines: [try EngineSpec(url: "http://s:1", id: "mine")], trust: .declared))
    fleet.received(
      SourceAnswer(
        source: "kubernetes", engines: [], unprobed: [UnprobedEngine(facts: facts, models: [])], trust: .declared))
    try await running(registrations()) { registrations in
      for id in ["mine", "told"] {
        await #expect(throws: RegistrationError.engineExists(id: id)) {
          try await registrations.register(claim("", "http://b:1", id: id))
        }
      }
      #expect(registrations.count == 0 && store.leases.isEmpty)
      // The engine itself is no other one, and keeps its id.
      let made = try await registrations.register(claim("", "http://s:1", id: "yours"))
      #expect(made.engineID == "mine")
      try await until { fleet.sources(ofEngine: "mine") == ["static", "registration"] }
      #expect(try await registrations.deregister(engineID: "mine", namespace: "default").count == 1)
    }
  }

  @Test func `an id is free as soon as its engine is deregistered`() async throws {
    try await running(registrations()) { registrations in
      for port in 1...20 {
        let made = try await registrations.register(claim("", "http://a:\(port)", id: "x"))
        #expect(made.engineID == "x")
        if port.isMultiple(of: 2) { try await until { fleet.sources(ofEngine: "x") == ["registration"] } }
        try await registrations.deregister(leaseID: made.registration.leaseID)
      }
    }
  }

  @Test func `an engine of another namespace is not found`() async throws {
    try await running(registrations()) { registrations in
      _ = try await registrations.register(claim("a", id: "x"))
      try await until { fleet.sources(ofEngine: "x") == ["registration"] }
      await #expect(throws: RegistrationError.noRegistration(engineID: "x", namespace: "other")) {
        try await registrations.deregister(engineID: "x", namespace: "other")
      }
      await #expect(throws: RegistrationError.noLease(leaseID: "b")) {
        try await registrations.deregister(leaseID: "b")
      }
      let theirs = try await registrations.register(claim("b", namespace: "other"))
      #expect(theirs.engineID == "other/a:1")
    }
  }

  @Test(arguments: [
    ("url", Registration(leaseID: "a", url: "nothing")),
    ("url", Registration(leaseID: "a", url: "http://h/" + String(repeating: "x", count: 3_000))),
    ("url", Registration(leaseID: "a", url: "http://h/" + String(repeating: "x", count: 300))),
    ("kind", Registration(leaseID: "a", url: "http://h", kind: "toaster")),
    ("namespace", Registration(leaseID: "a", namespace: "A B", url: "http://h")),
    ("cluster", Registration(leaseID: "a", url: "http://h", cluster: "A B")),
    ("labels", Registration(leaseID: "a", url: "http://h", labels: ["": ""])),
    ("id", Registration(leaseID: "a", url: "http://h", engineID: "a b")),
    ("key_file", Registration(leaseID: "a", url: "http://h", keyFile: String(repeating: "x", count: 5_000))),
  ])
  func `a malformed registration is refused with its field's name`(field: String, registration: Registration) async {
    let error = await #expect(throws: RegistrationError.self) { try await registrations().register(registration) }
    guard case .invalid(let blamed, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(blamed == field)
  }
}
