import TestKit
import Testing

@testable import Fleet

@Suite("Entries that a source leaves out")
struct SourceNoticeTests {
  @Test func `each entry that is left out is named once, also across an outage`() throws {
    var fleet = FleetHarness(expecting: ["file/f"])
    func answer(_ notices: [String]) throws -> SourceAnswer {
      var answer = SourceAnswer(source: "file/f", engines: [try EngineSpec(url: "http://a:1")], trust: .edited)
      answer.notices = notices
      return answer
    }
    func named() -> [String] {
      fleet.state.outbox.takeEvents().compactMap { if case .leftOut("file/f", let reason) = $0 { reason } else { nil } }
    }
    fleet.received(try answer(["x", "y"]))
    #expect(named() == ["x", "y"])
    fleet.received(try answer(["x", "z"]))
    #expect(named() == ["z"])
    #expect(fleet.book.states["file/f"].map { SourceFigures($0).rejected } == 2)
    fleet.failed("file/f", "not YAML")
    fleet.received(try answer(["x"]))
    #expect(named() == [])
    fleet.received(try answer([]))
    #expect(fleet.book.states["file/f"].map { SourceFigures($0).rejected } == 0)
    fleet.received(try answer(["x"]))
    #expect(named() == ["x"], "it was right in between")
    #expect(fleet.book.states["file/f"]?.outage == nil, "the source answers all the while")
  }
}
