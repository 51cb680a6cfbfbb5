import Catalog
import GRPC
import HTTP
import HTTPTypes
import Services
import TestKit
import Testing
import Wire

@testable import Services

@Suite struct CompressionTests {
  /// Asks until the answer is compressed.
  private func compressed(_ fixture: Fixture, _ target: String, _ fields: HTTPFields = [:]) async -> Response {
    var fields = fields
    fields[.acceptEncoding] = "gzip, deflate"
    var response = await fixture.getEventually(target, fields)
    let start = ContinuousClock.now
    while response.fields[.contentEncoding] == nil, ContinuousClock.now - start < .seconds(60) {
      await Task.yield()
      response = await fixture.getEventually(target, fields)
    }
    return response
  }

  static let targets = [
    "/v1/models", "/v1/models?namespace=default", "/v1/models?client_version=1", "/v1/models?limit=100",
    "/v1/models?order_by=created,id%20desc&filter=id%3Am1",
  ]

  @Test(arguments: targets)
  func `a list is sent plain at first and compressed later, each with its own tag`(target: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let plain = await fixture.getEventually(target)
    let content = text(plain)
    let first = await fixture.getEventually(target, [.acceptEncoding: "gzip"])
    #expect(first.fields == plain.fields)
    let later = await compressed(fixture, target)
    #expect(later.fields[.contentEncoding] == "gzip")
    #expect(later.fields[.vary] == plain.fields[.vary])
    guard case .bytes(let slices) = later.body else {
      Issue.record("no bytes")
      return
    }
    #expect(slices.joined().starts(with: [0x1F, 0x8B]))
    #expect(slices.reduce(0) { $0 + $1.count } < content.utf8.count / 5)
    let tags = [try #require(plain.fields[.eTag]), try #require(later.fields[.eTag])]
    #expect(tags[1] == tags[0].dropLast() + "-gzip\"")
    for tag in tags {
      for coding in ["gzip", "identity"] {
        let held = await fixture.getEventually(target, [.ifNoneMatch: tag, .acceptEncoding: coding])
        #expect(held.status == .notModified)
        #expect(held.fields[.eTag] == tag)
        #expect(held.fields[.contentEncoding] == nil)
      }
    }
    let any = await fixture.getEventually(target, [.ifNoneMatch: "*", .acceptEncoding: "gzip"])
    #expect(any.fields[.eTag] == tags[1])
    let anyPlain = await fixture.getEventually(target, [.ifNoneMatch: "*"])
    #expect(anyPlain.fields[.eTag] == tags[0])
    // Who does not take it still gets the plain one.
    let other = text(await fixture.getEventually(target, [.acceptEncoding: "br"]))
    #expect(other == content)
    let head = await fixture.getEventually(target, [.acceptEncoding: "gzip"], method: .head)
    #expect(head.fields == later.fields)
  }

  @Test func `a changed list is compressed anew`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let tag = await compressed(fixture, "/v1/models").fields[.eTag]
    try await fixture.serve((0..<301).map { "m\($0)" })
    let first = fixture.get("/v1/models", [.acceptEncoding: "gzip", .ifNoneMatch: tag ?? ""])
    #expect(first.status == .ok)
    #expect(first.fields[.contentEncoding] == nil)
    let second = await compressed(fixture, "/v1/models").fields[.eTag]
    #expect(second != tag)
  }

  @Test(arguments: ["/v1/models", "/v1/models/a", "/v1/models?view=full"])
  func `a short body, one model and readings are not compressed`(target: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    for _ in 0..<100 {
      #expect(fixture.get(target, [.acceptEncoding: "gzip"]).fields[.contentEncoding] == nil)
      await Task.yield()
    }
  }

  @Test func `the cache of compressed bodies is bounded, and evicts the least recently used`() async {
    let bodies = CompressedBodyCache(byteLimit: 60_000)
    var generator = SystemRandomNumberGenerator()
    func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max, using: &generator) } }
    func make(_ tag: String, _ content: [UInt8]) async {
      while bodies.find(ETag(tag)) == nil {
        bodies.make(ETag(tag)) { .bytes([content[...]]) }
        await Task.yield()
      }
    }
    await make("a", random(25_000))
    await make("b", random(25_000))
    #expect(bodies.find(ETag("a")) != nil)
    await make("c", random(25_000))
    #expect(bodies.find(ETag("b")) == nil)
    #expect(bodies.find(ETag("a")) != nil)
    #expect(bodies.find(ETag("c")) != nil)
  }

  @Test func `a body that is too large is compressed once and not kept`() async {
    let bodies = CompressedBodyCache(byteLimit: 1_000)
    let made = Counter()
    let large = (0..<100_000).map { _ in UInt8.random(in: .min ... .max) }
    while made.value == 0 {
      bodies.make(ETag("large")) {
        made.increase()
        return .bytes([large[...]])
      }
      await Task.yield()
    }
    // Another one shows that the large one is over.
    while bodies.find(ETag("small")) == nil {
      bodies.make(ETag("small")) { .bytes([[1, 2, 3]]) }
      await Task.yield()
    }
    for _ in 0..<100 {
      bodies.make(ETag("large")) {
        made.increase()
        return .empty
      }
      await Task.yield()
    }
    #expect(made.value == 1)
    #expect(bodies.find(ETag("large")) == nil)
  }

  @Test func `a body is compressed once, however many clients ask`() async {
    let bodies = CompressedBodyCache()
    let made = Counter()
    while bodies.find(ETag("x")) == nil {
      await withTaskGroup { group in
        for _ in 0..<20 {
          group.addTask {
            bodies.make(ETag("x")) {
              made.increase()
              return .bytes([[1, 2, 3]])
            }
          }
        }
      }
    }
    #expect(made.value == 1)
  }

  private static let list = "/rollcall.v1.ModelCatalog/ListModels"

  /// Asks as a client that takes gzip until the reply is compressed.
  private func compressed(_ fixture: Fixture, _ request: ListRequest) async throws -> [UInt8] {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .seconds(60) {
      var reply = try fixture.reply(Self.list, request.encode(), acceptsGzip: true)
      if case .later(let answer) = reply { reply = await answer() }
      if case .compressed(let bytes) = reply { return Array(bytes) }
      await Task.yield()
    }
    throw WrongTime()
  }

  @Test(arguments: ["", "id:m1"], [40, 100, 1_000])
  func `a page is sent plain at first and compressed later`(filter: String, size: Int) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<500).map { "m\($0)" })
    var request = ListRequest()
    (request.filter, request.pageSize) = (filter, Int32(size))
    let plain = try await fixture.callEventually(Self.list, request.encode())
    let bytes = try await compressed(fixture, request)
    #expect(bytes.count < plain.count)
    #expect(try Gunzip.content(of: bytes, limit: plain.count)[...] == plain)
    // A client without gzip still gets it plain.
    #expect(try await fixture.callEventually(Self.list, request.encode()) == plain)
  }

  @Test func `a walk through all pages compresses none of them`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<500).map { "m\($0)" })
    var request = ListRequest()
    request.pageSize = 50
    repeat {
      guard case .shared(let slices) = try fixture.reply(Self.list, request.encode(), acceptsGzip: true) else {
        throw WrongTime()
      }
      request.pageToken = try ListPage.decode(Array(slices.joined())[...]).nextPageToken
    } while !request.pageToken.isEmpty
    #expect(fixture.environment.caches.compressedBodies.outcomes == (0, 0))
  }

  @Test func `a walk that is made again finds its pages compressed in the end`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<2_000).map { "model-with-a-long-name-\($0)" })
    let bodies = fixture.environment.caches.compressedBodies
    try await until {
      var request = ListRequest()
      request.pageSize = 20
      var compressed = 0
      repeat {
        switch try fixture.reply(Self.list, request.encode(), acceptsGzip: true) {
        case .compressed(let bytes):
          compressed += 1
          let content = try Gunzip.content(of: Array(bytes), limit: 1 << 20)
          request.pageToken = try ListPage.decode(content[...]).nextPageToken
        case .shared(let slices):
          request.pageToken = try ListPage.decode(Array(slices.joined())[...]).nextPageToken
        default: throw WrongTime()
        }
      } while !request.pageToken.isEmpty
      return compressed == 100
    }
    #expect(bodies.outcomes == (100, 0))
  }

  @Test func `a page is compressed once for all clients, and anew after a change`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "m\($0)" })
    let request = ListRequest()
    let first = try await compressed(fixture, request)
    let bodies = fixture.environment.caches.compressedBodies
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let bytes = try await compressed(fixture, request)
          #expect(bytes == first)
        }
      }
      try await group.waitForAll()
    }
    #expect(bodies.outcomes == (1, 0) && bodies.figures.cost == first.count)
    try await fixture.serve((0..<301).map { "m\($0)" })
    let second = try await compressed(fixture, request)
    #expect(second != first)
    let content = try Gunzip.content(of: second, limit: 1 << 20)
    #expect(try ListPage.decode(content[...]).totalSize == 301)
  }

  @Test(arguments: [(1, ModelView.basic), (300, .full)])
  func `a small page and a page with readings are not compressed`(count: Int, view: ModelView) async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<count).map { "m\($0)" })
    var request = ListRequest()
    request.view = view
    for _ in 0..<3 {
      var reply = try fixture.reply(Self.list, request.encode(), acceptsGzip: true)
      if case .later(let answer) = reply { reply = await answer() }
      if case .compressed = reply { Issue.record("compressed") }
    }
    #expect(fixture.environment.caches.compressedBodies.outcomes == (0, 0))
  }
}
