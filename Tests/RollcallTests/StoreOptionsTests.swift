import ArgumentParser
import Testing

@testable import Catalog
@testable import rollcall

@Suite("The options of the store")
struct StoreOptionsTests {
  @Test func `the flags of the store have the effect of the file's settings`() throws {
    let serve = try ServeCommand.parse([
      "--engine", "http://a:1", "--data", "/d", "--history", "2h", "--history-changes", "500", "--history-size", "1MiB",
      "--remember", "7d", "--commit-delay", "1ms", "--admin-insecure",
    ])
    var flags = SettingsLayer()
    serve.store.state(in: &flags)
    let file = try SettingsLayer(
      """
      data: /d
      history: 2h
      history_changes: 500
      history_size: 1MiB
      remember: 7d
      commit_delay: 1ms
      admin_insecure: true
      """, file: "c.yaml")
    #expect(flags == file)
    var nothing = SettingsLayer()
    try ServeCommand.parse(["--engine", "http://a:1"]).store.state(in: &nothing)
    #expect(nothing == SettingsLayer())
    var memory = SettingsLayer()
    try ServeCommand.parse(["--engine", "http://a:1", "--in-memory"]).store.state(in: &memory)
    #expect(memory.inMemory == true && memory.data == nil)
  }

  @Test(arguments: [
    (["--data", "/d", "--in-memory"], "--data and --in-memory exclude each other"),
    (["--history-size", "64"], "\"64\" is no size"), (["--history-changes", "1"], "\"1\" is out of range"),
    (["--commit-delay", "1h"], "write a duration from 1ms to 1s"), (["--data", ""], "\"\" is no directory"),
  ])
  func `a wrong flag of the store is reported`(arguments: [String], message: String) {
    let error = #expect(throws: (any Error).self) { try ServeCommand.parse(["--engine", "http://a:1"] + arguments) }
    #expect(error.map { ServeCommand.message(for: $0) }?.contains(message) == true)
  }

  @Test func `a failure of the store is reported when it begins and when it ends`() {
    let failure = StoreFailure(reason: "disk full", since: Timestamp(microseconds: 0))
    var watch = StoreWatch()
    let findings = [nil, failure, failure, nil, nil].enumerated().map { second, failure in
      watch.observe(failure, at: Timestamp(microseconds: Int64(second) * 1_000_000))
    }
    #expect(findings == [nil, .begins(failure), nil, .recovers(lasted: .seconds(3)), nil])
  }

  @Test func `a list that goes on from memory is reported once`() {
    let failure = StoreFailure(reason: "disk full", since: Timestamp(microseconds: 0))
    var bypassed = failure
    bypassed.bypassedSince = Timestamp(microseconds: 10_000_000)
    var watch = StoreWatch()
    let findings = [nil, failure, bypassed, bypassed, nil, bypassed].enumerated().map { second, failure in
      watch.observe(failure, at: Timestamp(microseconds: Int64(second) * 1_000_000))
    }
    #expect(
      findings == [
        nil, .begins(failure), .bypassed(bypassed), nil, .recovers(lasted: .seconds(4)), .bypassed(bypassed),
      ])
  }
}
