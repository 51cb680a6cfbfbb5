import Fleet
import Testing

@testable import rollcall

@Suite("The changes of a reload")
struct SettingsChangeTests {
  private static func settings(_ engines: [EngineSpec]) -> ServeSettings {
    var settings = ServeSettings()
    settings.engines = engines
    return settings
  }

  @Test func `a reload counts the engines that it adds, removes and changes`() throws {
    let stays = try EngineSpec(url: "http://stays:1")
    let old = Self.settings([stays, try EngineSpec(url: "http://goes:1"), try EngineSpec(url: "http://turns:1")])
    let new = Self.settings([
      stays, try EngineSpec(url: "http://turns:1", kind: "vllm"), try EngineSpec(url: "http://comes:1"),
      try EngineSpec(url: "http://comes:2"),
    ])
    let change = SettingsChange(from: old, to: new)
    #expect(change.added == 2)
    #expect(change.removed == 1)
    #expect(change.changed == 1)
    #expect(!change.needsRestart)
  }

  @Test func `a change of any other setting needs a restart`() {
    var new = Self.settings([])
    new.probes.interval = .seconds(1)
    #expect(SettingsChange(from: Self.settings([]), to: new).needsRestart)
    var moved = Self.settings([])
    moved.place = .directory("/elsewhere")
    #expect(SettingsChange(from: Self.settings([]), to: moved).needsRestart)
  }
}
