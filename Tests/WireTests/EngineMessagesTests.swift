import Catalog
import GRPC
import Messages
import Synchronization
import Testing
import Wire

@Suite struct EngineMessagesTests {
  private var engine: EngineMessage {
    var engine = EngineMessage(namespace: "team", id: "gpu-1")
    engine.endpoint = "http://a:1"
    engine.kind = "vllm"
    engine.version = "0.9"
    engine.cluster = "eu"
    engine.labels = ["a": "1", "ü": ""]
    engine.condition = Condition(state: .draining, reason: "ends", changedAt: Timestamp(microseconds: 5_000_007))
    engine.observedAt = Timestamp(microseconds: 6_000_000)
    engine.models = ["m", "n/o"]
    engine.sources = ["static", "registration"]
    engine.via = ["eu"]
    engine.podUID = "uid"
    engine.leases = [
      EngineLease(leaseID: "l", ttl: .milliseconds(7_500), expiresAt: Timestamp(microseconds: 9_000_000))
    ]
    engine.isInsecure = true
    return engine
  }

  @Test func `messages about engines are decoded as they were encoded`() throws {
    var request = RegisterRequest(url: "http://a:1")
    #expect(try RegisterRequest.decode(request.encode()[...]) == request)
    (request.namespace, request.kind, request.id, request.cluster) = ("n", "vllm", "i", "c")
    (request.labels, request.keyEnv, request.keyFile) = (["a": "1"], "E", "/f")
    (request.ttl, request.leaseID) = (.milliseconds(12_345), "l")
    request.options = ["list": "/v3/models", "insecure": "true"]
    #expect(try RegisterRequest.decode(request.encode()[...]) == request)
    let response = RegisterResponse(leaseID: "l", ttl: .seconds(30), engineID: "e")
    #expect(try RegisterResponse.decode(response.encode()[...]) == response)
    var ending = DeregisterRequest()
    (ending.leaseID, ending.engineID, ending.namespace) = ("l", "e", "n")
    #expect(try DeregisterRequest.decode(ending.encode()[...]) == ending)
    #expect(try DeregisterResponse.decode(DeregisterResponse.encode(leaseIDs: ["a", "b"])[...]) == ["a", "b"])
    #expect(try KeepAliveMessages.decodeRequest(KeepAliveMessages.encodeRequest(leaseID: "l")[...]) == "l")
    let kept = try KeepAliveMessages.decodeResponse(
      KeepAliveMessages.encodeResponse(leaseID: "l", ttl: .milliseconds(1_500))[...])
    #expect(kept == ("l", .milliseconds(1_500)))
    let bare = EngineMessage(namespace: "n", id: "i")
    for engine in [engine, bare] { #expect(try EngineMessage.decode(engine.encode()[...]) == engine) }
  }

  @Test func `messages about engines distinguish an absent time from a time of zero`() throws {
    var request = RegisterRequest(url: "u")
    #expect(try RegisterRequest.decode(request.encode()[...]).ttl == nil)
    request.ttl = .zero
    #expect(try RegisterRequest.decode(request.encode()[...]).ttl == .zero)
  }

  @Test(
    arguments: [(Int64.max, Int32.max), (.min, .min), (-5, 999_999_999)])
  func `messages about engines survive extreme times`(seconds: Int64, nanos: Int32) throws {
    // ttl = 9 {seconds = 1, nanos = 2}
    var inner = [UInt8]()
    inner.appendTag(1, wireType: 0)
    inner.appendVarint(UInt64(bitPattern: seconds))
    inner.appendTag(2, wireType: 0)
    inner.appendVarint(UInt64(bitPattern: Int64(nanos)))
    var bytes = [UInt8]()
    bytes.appendTag(9, wireType: 2)
    bytes.appendVarint(UInt64(inner.count))
    let request = try RegisterRequest.decode((bytes + inner)[...])
    #expect(request.ttl == .seconds(seconds) + .nanoseconds(nanos))
  }

  @Test func `a page of engines loses nothing, and ends before it is too large`() throws {
    var writer = EnginePageWriter(maxBytes: 300)
    var fitting = 0
    while writer.append(engine) { fitting += 1 }
    #expect(fitting > 0 && writer.count == fitting)
    let page = try EnginePage.decode(writer.finish(nextPageToken: "t", totalSize: 77)[...])
    #expect(page == EnginePage(engines: Array(repeating: engine, count: fitting), nextPageToken: "t", totalSize: 77))
    var narrow = EnginePageWriter(maxBytes: 1)
    let takesFirst = narrow.append(engine)
    let takesSecond = narrow.append(engine)
    #expect(takesFirst && !takesSecond)
  }

  @Test func `the engines of all pages are one list, and a token that leads to itself is refused`() async throws {
    let asked = Mutex<[ListEnginesRequest]>([])
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.CatalogAdmin/ListEngines")
        let request = try ListEnginesRequest.decode(request[...])
        asked.withLock { $0.append(request) }
        let index = Int(request.pageToken) ?? 0
        let engines = [EngineMessage(namespace: "n", id: "e\(index)")]
        return [EnginePage(engines: engines, nextPageToken: index < 2 ? "\(index + 1)" : "", totalSize: 3).encode()]
      })
    #expect(try await client.admin.allEngines(namespace: "n").map(\.id) == ["e0", "e1", "e2"])
    #expect(asked.withLock { $0.map(\.namespace) } == ["n", "n", "n"])
    let looping = CatalogClient(
      FakeTransport { _, _ in [EnginePage(engines: [], nextPageToken: "same", totalSize: 3).encode()] })
    let status = await #expect(throws: Status.self) { try await looping.admin.allEngines() }
    #expect(status?.code == .internal)
  }
}
