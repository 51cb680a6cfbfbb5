import Testing

@testable import DNS

/// The names that a file knows, and the names that are looked up in its domains.
@Suite("Names: files")
struct NameFileTests {
  @Test func `the file of hosts names addresses of both families`() {
    let file = HostsFile("# a\n127.0.0.1 Alpha alpha.test # beta\n\n10.0.0.1\talpha\nfe80::1%lo0 alpha\n::1 alpha\nx\n")
    #expect(file.lookup("alpha") == .addresses(["::1", "127.0.0.1", "10.0.0.1"], lifetime: .zero))
    #expect(file.lookup("ALPHA.test.") == .addresses(["127.0.0.1"], lifetime: .zero))
    #expect(file.lookup("beta") == nil)
  }

  @Test func `some names need no name server`() {
    let file = HostsFile("")
    #expect(file.lookup("localhost") == .addresses(["::1", "127.0.0.1"], lifetime: .zero))
    #expect(file.lookup("a.localhost.") == .addresses(["::1", "127.0.0.1"], lifetime: .zero))
    #expect(file.lookup("a.invalid") == .failure(.notFound))
    #expect(file.lookup("") == nil)
  }

  @Test(arguments: [
    ("vllm", ["vllm.a.svc", "vllm.svc", "vllm"]), ("vllm.b", ["vllm.b.a.svc", "vllm.b.svc", "vllm.b"]),
    ("a.b.c", ["a.b.c", "a.b.c.a.svc", "a.b.c.svc"]), ("a.", ["a."]),
  ])
  func `a name is looked up in each domain`(name: String, candidates: [String]) {
    #expect(SearchList(leastDots: 2, domains: ["a.svc", "svc"]).candidates(for: name) == candidates)
  }
}
