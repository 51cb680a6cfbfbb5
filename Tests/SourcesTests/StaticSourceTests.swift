import Fleet
import Testing

@testable import Sources

@Suite struct StaticSourceTests {
  @Test func `the command line names each engine once, and its removals are explicit`() throws {
    let engines = try ["http://a:1", "http://b:1"].map { try EngineSpec(url: $0) }
    let answer = try StaticSource(engines).answer
    #expect(answer.source == .static && answer.engines == engines && answer.isExplicit)
    #expect(throws: EngineSpecError.self) { try StaticSource(engines + [engines[0]]) }
  }
}
