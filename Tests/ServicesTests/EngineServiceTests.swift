import Catalog
import GRPC
import Synchronization
import Testing
import Wire

@testable import Services

@Suite struct EngineServiceTests {
  private static let service = "/rollcall.v1.CatalogAdmin/"

  private func register(
    _ fixture: Fixture, _ request: RegisterRequest, loopback: Bool = true
  ) async throws -> RegisterResponse {
    try RegisterResponse.decode(
      try await fixture.callLater(Self.service + "RegisterEngine", request.encode(), loopback: loopback))
  }

  private func list(_ fixture: Fixture, _ size: Int32, _ token: String = "", namespace: String = "") async throws
    -> EnginePage
  {
    var request = ListEnginesRequest()
    (request.pageSize, request.pageToken, request.namespace) = (size, token, namespace)
    return try EnginePage.decode(try await fixture.callLater(Self.service + "ListEngines", request.encode()))
  }

  private func get(_ fixture: Fixture, _ id: String, namespace: String = "") throws -> EngineMessage {
    try EngineMessage.decode(
      try fixture.call(Self.service + "GetEngine", GetEngineRequest(namespace: namespace, id: id).encode()))
  }

  @Test func `a registration is handed on as the client sent it`() async throws {
    let fixture = try Fixture()
    var request = RegisterRequest(url: "http://a:1")
    #expect(
      try await register(fixture, request)
        == RegisterResponse(leaseID: "chosen", ttl: .seconds(30), engineID: "derived"))
    (request.namespace, request.kind, request.id, request.cluster) = ("team", "vllm", "gpu-1", "eu")
    (request.labels, request.keyFile, request.leaseID) = (["a": "1"], "/key", "mine")
    request.ttl = .seconds(10) + .nanoseconds(1)
    #expect(
      try await register(fixture, request)
        == RegisterResponse(leaseID: "mine", ttl: .milliseconds(10_001), engineID: "gpu-1"))
    let expected = Registration(
      leaseID: "mine", namespace: "team", url: "http://a:1", kind: "vllm", engineID: "gpu-1", cluster: "eu",
      labels: ["a": "1"], keyFile: "/key", ttl: .milliseconds(10_001))
    #expect(fixture.registry.state.withLock { $0.leases["mine"] } == expected)
  }

  @Test(arguments: [
    (RegistrationError.invalid(field: "kind", "is none"), Status.Code.invalidArgument, "INVALID_FIELD"),
    (.engineExists(id: "x"), .alreadyExists, "ENGINE_EXISTS"),
    (.leaseExists(leaseID: "x"), .alreadyExists, "LEASE_EXISTS"),
    (.busy(leaseID: "x"), .aborted, "LEASE_BUSY"), (.tooMany(3), .resourceExhausted, "TOO_MANY_LEASES"),
    (.noLease(leaseID: "x"), .notFound, "LEASE_NOT_FOUND"),
    (.noRegistration(engineID: "x", namespace: "n"), .notFound, "ENGINE_NOT_FOUND"),
    (.store(.unavailable(reason: "full")), .unavailable, "STORE_UNAVAILABLE"),
    (.store(.conflict), .internal, "INTERNAL"),
  ])
  func `each refusal has its code and reason`(error: RegistrationError, code: Status.Code, reason: String) async throws
  {
    let fixture = try Fixture()
    fixture.registry.refuse(error)
    let status = await #expect(throws: Status.self) { try await register(fixture, RegisterRequest(url: "http://a")) }
    #expect(status?.code == code && status?.info?.reason == reason)
  }

  @Test(arguments: [Duration.seconds(4), .zero, .seconds(-30), .seconds(86_401), .seconds(Int64.max)])
  func `a TTL outside 5 s to a day is INVALID_ARGUMENT`(ttl: Duration) async throws {
    var request = RegisterRequest(url: "http://a")
    request.ttl = ttl
    let status = await #expect(throws: Status.self) { try await register(Fixture(), request) }
    #expect(status?.code == .invalidArgument && status?.info?.metadata["field"] == "ttl")
  }

  @Test func `a reference to a key of this machine is for local peers only`() async throws {
    let fixture = try Fixture(adminIsOpen: true)
    var request = RegisterRequest(url: "http://a")
    #expect(try await register(fixture, request, loopback: false).leaseID == "chosen")
    request.keyEnv = "SECRET"
    let status = await #expect(throws: Status.self) { try await register(fixture, request, loopback: false) }
    #expect(status?.code == .permissionDenied && status?.info?.reason == "KEY_REFERENCE_LOOPBACK_ONLY")
    #expect(try await register(fixture, request).leaseID == "chosen")
  }

  @Test(arguments: ["ca-file", "cert-file", "cert-key-file"])
  func `an option that names a file of this machine is for local peers only`(name: String) async throws {
    let fixture = try Fixture(adminIsOpen: true)
    var request = RegisterRequest(url: "http://a")
    request.options = ["insecure": "true", "list": "/v3/models"]
    #expect(try await register(fixture, request, loopback: false).leaseID == "chosen")
    #expect(fixture.registry.state.withLock { $0.leases["chosen"]?.options } == request.options)
    request.options[name] = "/etc/shadow"
    let status = await #expect(throws: Status.self) { try await register(fixture, request, loopback: false) }
    #expect(status?.code == .permissionDenied && status?.info?.reason == "KEY_REFERENCE_LOOPBACK_ONLY")
    #expect(try await register(fixture, request).leaseID == "chosen")
  }

  @Test func `each request on a call renews its lease, and a request without a lease ends the call`() async throws {
    let fixture = try Fixture()
    _ = try await register(fixture, RegisterRequest(url: "http://a"))
    let handler = try fixture.open(Self.service + "KeepAliveEngine")
    var out = MessageBuffer()
    for _ in 0..<3 {
      #expect(handler.received(KeepAliveMessages.encodeRequest(leaseID: "chosen")[...]) == nil)
      #expect(handler.produce(into: &out, now: .now) == .wait)
    }
    let answers = try messages(out).map { try KeepAliveMessages.decodeResponse($0) }
    #expect(answers.map(\.ttl) == [.seconds(30), .seconds(30), .seconds(30)])
    #expect(handler.received(KeepAliveMessages.encodeRequest(leaseID: "gone")[...])?.code == .notFound)
    #expect(handler.received(KeepAliveMessages.encodeRequest(leaseID: "NONE")[...])?.code == .invalidArgument)
    #expect(handler.received([0xFF])?.code == .internal)
    handler.halfClosed()
    #expect(handler.produce(into: &out, now: .now) == .end(.ok))
    #expect(fixture.registry.state.withLock { $0.kept } == ["chosen", "chosen", "chosen", "gone"])
  }

  @Test func `known engines and claimed engines are one list`() async throws {
    let fixture = try Fixture()
    for index in 0..<30 { try await fixture.serve(["m\(index)", "n"], on: "e\(index)") }
    let lease = EngineLease(leaseID: "l", ttl: .seconds(30), expiresAt: Timestamp(microseconds: 5))
    fixture.registry.state.withLock { state in
      state.claimed = [
        ClaimedEngine(id: "e7", namespace: "default", endpoint: "http://e7:8000", sources: ["static"], leases: [lease]),
        ClaimedEngine(id: "a", namespace: "team", endpoint: "http://a:1", kind: "vllm", labels: ["x": "y"]),
      ]
    }
    var found: [EngineMessage] = []
    var token = ""
    repeat {
      let page = try await list(fixture, 7, token)
      #expect(page.totalSize == 31 && page.engines.count <= 7)
      found += page.engines
      token = page.nextPageToken
    } while !token.isEmpty
    #expect(found.map(\.id) == found.map(\.id).sorted() && Set(found.map(\.id)).count == 31)
    #expect(found[0].condition == nil && found[0].labels == ["x": "y"] && found[0].models.isEmpty)
    let seventh = try #require(found.first { $0.id == "e7" })
    #expect(seventh.models == ["m7", "n"] && seventh.sources == ["static"] && seventh.leases == [lease])
    #expect(seventh.condition?.state == .ready && seventh.kind == "vllm")
    fixture.registry.state.withLock { $0.claimed[0].isInsecure = true }
    #expect(try get(fixture, "e7").isInsecure && !seventh.isInsecure)
    fixture.registry.state.withLock { $0.claimed[0].isInsecure = false }
    #expect(try get(fixture, "e7") == seventh && get(fixture, "a", namespace: "team") == found[0])
    #expect(try await list(fixture, 0, namespace: "team").engines == [found[0]])
    let status = #expect(throws: Status.self) { try get(fixture, "a") }
    #expect(status?.code == .notFound && status?.info?.reason == "ENGINE_NOT_FOUND")
  }

  @Test func `a page token belongs to its own list`() async throws {
    let fixture = try Fixture()
    for index in 0..<3 { try await fixture.serve(["m"], on: "e\(index)") }
    let token = try await list(fixture, 1).nextPageToken
    #expect(!token.isEmpty)
    for (token, namespace) in [(token, "team"), (token + "x", ""), ("none", "")] {
      let status = await #expect(throws: Status.self) { try await list(fixture, 1, token, namespace: namespace) }
      #expect(status?.code == .invalidArgument && status?.info?.metadata["field"] == "page_token")
    }
    var request = ListRequest()
    request.pageToken = token
    let status = #expect(throws: Status.self) {
      try fixture.call("/rollcall.v1.ModelCatalog/ListModels", request.encode())
    }
    #expect(status?.code == .invalidArgument)
  }

  @Test func `an engine may register before the first sync, and none is reported missing until then`() async throws {
    let fixture = try Fixture(ready: false)
    #expect(try await register(fixture, RegisterRequest(url: "http://a")).leaseID == "chosen")
    let missing = #expect(throws: Status.self) { try get(fixture, "x") }
    #expect(missing?.code == .unavailable)
    #expect(try await list(fixture, 0).engines.isEmpty, "the list of engines answers from the first moment on")
  }
}
