import Fleet
import Testing

@testable import rollcall

@Suite("What a reload changes")
struct SettingsChangeTests {
  private static func settings(_ engines: [EngineSpec]) -> ServeSettings {
    var settings = ServeSettings()
    settings.engines = engines
    return settings
  }

  @Test func `engines are counted by what becomes of them`() throws {
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

  @Test func `other settings need a restart`() {
    var new = Self.settings([])
    new.probes.interval = .seconds(1)
    #expect(SettingsChange(from: Self.settings([]), to: new).needsRestart)
    var moved = Self.settings([])
    moved.place = .directory("/elsewhere")
    #expect(SettingsChange(from: Self.settings([]), to: moved).needsRestart)
  }
}
