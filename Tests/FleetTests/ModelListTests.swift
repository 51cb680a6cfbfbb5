import Catalog
import FoundationEssentials
import TestKit
import Testing

@testable import Fleet

@Suite("An engine's list of models")
struct ModelListTests {
  @Test(arguments: [
    "", "<html>504</html>", "null", "{}", #"{"data":{}}"#, #"{"data":[1]}"#, #"{"data":[null]}"#,
    #"{"data":[{"object":"model"}]}"#, #"{"data":[{"id":null}]}"#, #"{"data":[{"id":7}]}"#, #"{"data":[{"id":""}]}"#,
    #"{"data":[{"id":"a\u0000b"}]}"#, #"{"data":[{"id":"a"}"#,
    #"{"data":[{"id":"\#(String(repeating: "x", count: 513))"}]}"#,
    String(repeating: "[", count: 100_000),
  ])
  func `a list that is garbage is refused`(body: String) {
    #expect(throws: MalformedList.self) { try ModelList(Data(body.utf8)) }
  }

  @Test func `a list that is not UTF-8 is refused`() {
    var body = Data(#"{"data":[{"id":"a"#.utf8)
    body.append(contentsOf: [0xff, 0xfe])
    body.append(contentsOf: #""}]}"#.utf8)
    #expect(throws: MalformedList.self) { try ModelList(body) }
  }

  @Test(arguments: [
    ("[]", 0, 0), (#"{"data":null}"#, 0, 0), (#"{"data":[{"id":"a"},{"id":"a"}]}"#, 1, 0),
    (#"{"data":[{"id":"a"},{}]}"#, 1, 1), (#"[{"id":"a"},7,null,"b",[],{"id":"c"}]"#, 2, 4),
    (#"{"data":[{"id":"a","created":NaN,"meta":{"n_ctx":Infinity}}]}"#, 1, 0), ("\u{FEFF}[{\"id\":\"a\"}]", 1, 0),
  ])
  func `an odd entry costs itself alone`(body: String, count: Int, leftOut: Int) throws {
    let list = try ModelList(Data(body.utf8))
    #expect(list.cards.count == count && list.leftOut == leftOut)
  }

  @Test func `a list of too many models is cut, and says so`() async throws {
    let cards = (0...4096).map { #"{"id":"m\#($0)"}"# }.reversed().joined(separator: ",")
    let talk = try await ScriptedExchange(["/v1/models": .ok(#"{"data":[\#(cards)]}"#)])
    let report = try #require(talk.report)
    #expect(report.models.count == 4_096 && report.models.first?.facts.modelID == "m0")
    #expect(report.remark == "it lists 4097 models, of which 4096 are taken")
  }

  @Test func `unknown and malformed fields of a list are ignored`() throws {
    let odd = """
      {"id":"m","owned_by":5,"root":{"a":1},"parent":[],"max_model_len":"many","meta":7,"status":[],"created":{},"aliases":9,"new":{"x":[]}}
      """
    let card = try #require(try ModelList(Data(#"{"data":[\#(odd)],"more":1}"#.utf8)).cards.first)
    #expect(card.id == "m")
    #expect(card.ownedBy == "" && card.root == "" && card.parent == "" && card.phase == nil)
    #expect(card.maxModelLen == 0 && card.created == 0 && card.aliases == [])
  }

  @Test(arguments: [
    ("-1", 0), ("1.5", 0), ("1e300", 0), ("131072", 131_072), ("null", 0), (#""16384""#, 16_384), (#""many""#, 0),
    ("[]", 0),
  ])
  func `a context length is a number of tokens or unknown`(text: String, tokens: Int64) throws {
    let list = try ModelList(Data(#"{"data":[{"id":"m","max_model_len":\#(text)}]}"#.utf8))
    #expect(list.cards.map(\.maxModelLen) == [tokens])
  }

  @Test func `ids that differ in their normal form alone are two models, and a change of the form is a change`() throws
  {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    func list(_ ids: [String]) -> Data {
      Data(#"{"data":[\#(ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ","))]}"#.utf8)
    }
    #expect(try ModelList(list([composed, decomposed])).cards.count == 2)
    #expect(try ModelList(list([composed, composed])).cards.count == 1)
    var engine = try TrackerHarness()
    #expect(engine.probe(.serving(composed, decomposed)).observation != nil)
    #expect(engine.probe(.serving(composed, decomposed)).observation == nil)
    engine.probe(.serving(composed))
    #expect(engine.probe(.serving(decomposed)).observation != nil)
    #expect(engine.models.map { $0.map(\.modelID.utf8.count) } == [decomposed.utf8.count])
    let edited = engine.tracker.edit(
      try EngineSpec(url: "http://host:8000", labels: ["team": composed]), at: engine.wall)
    engine.take(edited.observation)
    #expect(Mirror(reflecting: try EngineSpec(url: "http://host:8000")).children.count == 21)
    let again = engine.tracker.edit(
      try EngineSpec(url: "http://host:8000", labels: ["team": decomposed]), at: engine.wall)
    #expect(again.observation != nil)
  }
}
