import Fleet
import TestKit
import Testing

@testable import Sources

@Suite struct StaticSourceTests {
  @Test func `the command line names each engine once, and its removals are explicit`() throws {
    let engines = try ["http://a:1", "http://b:1"].map { try EngineSpec(url: $0) }
    let answer = try StaticSource(engines).answer
    #expect(answer.source == .static && answer.engines == engines && answer.parts[0].trust == .declared)
    #expect(throws: EngineSpecError.self) { try StaticSource(engines + [engines[0]]) }
  }
}
