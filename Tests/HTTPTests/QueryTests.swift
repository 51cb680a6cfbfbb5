import Testing

@testable import HTTP

@Suite struct QueryTests {
  @Test(
    arguments: [
      (nil, []),
      ("", []),
      ("&&", []),
      ("a", ["a", ""]),
      ("a=", ["a", ""]),
      ("=b", ["", "b"]),
      ("a=b=c", ["a", "b=c"]),
      ("a=1&b=2&a=3", ["a", "1", "b", "2", "a", "3"]),
      ("name=a+b%2Bc%26d", ["name", "a b+c&d"]),
      ("%6e%61me=%C3%A9", ["name", "é"]),
      ("a;b", ["a;b", ""]),
    ] as [(String?, [String])])
  func `a query is split into parameters, then decoded`(text: String?, flat: [String]) throws {
    #expect(try Query(text).parameters.flatMap { [$0.name, $0.value] } == flat)
  }

  @Test(
    arguments: [
      ("%", nil), ("a%2=1", nil), ("a=%", "a"), ("b=1&a=%f", "a"), ("a=%00", "a"), ("a=%ff", "a"), ("a=%C3", "a"),
    ] as [(String, String?)])
  func `bad encoding is an error that names its parameter`(text: String, parameter: String?) {
    #expect(throws: QueryError(parameter: parameter, problem: .encoding)) { try Query(text) }
  }

  @Test func `a parameter that may occur once is refused when it occurs twice`() throws {
    let query = try Query("a=1&b=2&a=&c=")
    #expect(query.values("a") == ["1", ""])
    #expect(try query.value("b") == "2")
    #expect(try query.value("c") == nil)
    #expect(try query.value("d") == nil)
    #expect(throws: QueryError(parameter: "a", problem: .repeated)) { try query.value("a") }
  }
}
