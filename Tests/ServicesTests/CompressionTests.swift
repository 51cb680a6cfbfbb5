import Catalog
import HTTP
import HTTPTypes
import Services
import Testing

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
}
