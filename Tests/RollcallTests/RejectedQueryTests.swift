import ArgumentParser
import GRPC
import Testing
import Wire

@testable import rollcall

@Suite struct RejectedQueryTests {
  private static let server = ServerPlace(address: HostPort(host: "h", port: 1))

  @Test(arguments: [
    ("stat = READY", 1, "  stat = READY\n  ^"),
    ("a = (b", 7, "  a = (b\n        ^"),
    ("e\u{301} = é OR", 9, "  e\u{301} = é OR\n         ^"),
    ("a =\n\tb", 6, "  a =  b\n       ^"),
    ("a\u{1b}[31m", 2, "  a\u{FFFD}[31m\n   ^"),
    ("", 1, "  \n  ^"),
    ("x", 0, "  x\n  ^"),
    ("x", 99, "  x\n   ^"),
  ])
  func `a mark stands under the position of the mistake`(text: String, position: Int, lines: String) {
    #expect(RejectedQuery.marked(text, position) == lines)
  }

  @Test func `the rejected field is shown`() throws {
    let status = Status.invalidArgument(field: "order_by", "at character 4: no", metadata: ["position": "4"])
    let texts = ["filter": "f", "order_by": "id up"]
    let error = try #require(RejectedQuery.error(status, texts, from: Self.server))
    #expect(error.description == "h:1 answered: order_by: at character 4: no\n  id up\n     ^")
  }

  @Test(
    arguments: [
      Status(.invalidArgument, "x"), .invalidArgument(field: "filter", "x"),
      .invalidArgument(field: "page_size", "x", metadata: ["position": "1"]),
      Status(.internal, "x", reason: "X", metadata: ["field": "filter", "position": "1"]),
      .invalidArgument(field: "filter", "x", metadata: ["position": "one"]),
    ] as [Status])
  func `any other error is not shown as a rejected query`(status: Status) {
    #expect(RejectedQuery.error(status, ["filter": "f"], from: Self.server) == nil)
  }
}

@Suite struct QueryOptionsTests {
  @Test func `a list, a watch and a diff take a filter`() throws {
    let filter = "-id = x OR state != READY"
    let list = try ListCommand.parse([
      "--filter", filter, "--order-by", "state desc, id", "--limit", "7", "--namespace", "n",
    ])
    #expect(list.query.filter == filter && list.orderBy == "state desc, id" && list.limit == 7)
    #expect(list.query.namespace == "n")
    #expect(try WatchCommand.parse(["--filter", filter]).query.filter == filter)
    #expect(try DiffCommand.parse(["10m", "--filter", filter]).query.filter == filter)
    #expect(try ListCommand.parse([]).limit == nil)
  }

  @Test(arguments: ["0", "-1", "many", "", "1.5"]) func `a limit is a number from 1`(text: String) {
    #expect(throws: (any Error).self) { try ListCommand.parse(["--limit=\(text)"]) }
  }
}
