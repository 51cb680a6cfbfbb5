import Testing

@testable import Fleet

@Suite("A source that loses engines")
struct SourceGuardTests {
  func engines(_ range: Range<Int>) throws -> [Claim] {
    try range.map { .probed(try EngineSpec(url: "http://host:\(8000 + $0)")) }
  }

  func heard(_ count: Int) throws -> SourceGuard {
    var source = SourceGuard()
    _ = source.received(try engines(0..<count), isExplicit: false, at: .zero)
    return source
  }

  @Test(arguments: [(10, 5), (10, 9), (10, 20), (1, 1), (0, 0), (0, 5), (3, 2)])
  func `a source that loses half of its engines is believed`(before: Int, after: Int) throws {
    var source = try heard(before)
    let verdict1 = try source.received(engines(0..<after), isExplicit: false, at: .seconds(1))
    #expect(verdict1 == .believed)
    #expect(source.believed.count == after)
    #expect(source.leftOut.isEmpty && source.due == nil)
  }

  @Test(arguments: [(10, 4), (10, 0), (1, 0), (3, 1)])
  func `a source that loses more than half of its engines is doubted`(before: Int, after: Int) throws {
    var source = try heard(before)
    let verdict2 = try source.received(engines(0..<after), isExplicit: false, at: .seconds(1))
    #expect(verdict2 == .doubted(isNew: true))
    let verdict3 = try source.received(engines(0..<after), isExplicit: false, at: .seconds(2))
    #expect(verdict3 == .doubted(isNew: false))
    #expect(source.believed.count == before)
    #expect(source.leftOut == Set(try engines(after..<before).map(\.id)))
  }

  @Test func `a source that removes engines explicitly is believed at once`() throws {
    var source = try heard(10)
    let verdict4 = source.received([], isExplicit: true, at: .seconds(1))
    #expect(verdict4 == .believed)
    #expect(source.believed.isEmpty)
  }

  /// It was told to look for less, and the rest of its answer may come a moment later.
  @Test(arguments: [0, 1, 9]) func `a source whose selection changes is believed soon`(after: Int) throws {
    var source = try heard(10)
    let verdict = try source.received(engines(0..<after), isExplicit: false, isChanged: true, at: .seconds(1))
    #expect(verdict == .believed && source.believed.count == 10 && source.due == .seconds(11))
    let isBelieved = source.passTime(to: .seconds(11))
    #expect(isBelieved && source.believed.count == after && source.leftOut.isEmpty)
  }

  /// The part that could not be asked may hold what the change did not drop.
  @Test func `a partial answer is not the first answer after a change of the selection`() throws {
    var ledger = SourceLedger(expecting: [.static], ProbeSettings())
    func answer(_ outage: String?) -> SourceAnswer {
      SourceAnswer(source: .static, parts: [SourcePart(engines: [], isComplete: outage == nil, outage: outage)])
    }
    _ = ledger.received(answer(nil), try engines(0..<10), at: .zero)
    ledger.expectChange(of: .static)
    let partial = ledger.received(answer("503"), try engines(0..<1), at: .seconds(1))
    #expect(
      partial == [.failed(source: .static, reason: "503"), .doubted(source: .static, before: 10, now: 1)])
    #expect(ledger.alarms.contains(.seconds(601)))
    // The first whole answer counts as the answer to the change.
    let whole = ledger.received(answer(nil), try engines(0..<1), at: .seconds(2))
    #expect(whole == [.recovered(source: .static)])
    #expect(ledger.alarms.contains(.seconds(12)))
  }

  @Test func `a doubted answer that stands for ten minutes is believed`() throws {
    var source = try heard(10)
    _ = source.received(try engines(0..<1), isExplicit: false, at: .seconds(100))
    #expect(source.due == .seconds(700))
    let isBelievedEarly = source.passTime(to: .seconds(699))
    #expect(!isBelievedEarly)
    let verdict5 = try source.received(engines(0..<1), isExplicit: false, at: .seconds(699))
    #expect(verdict5 == .doubted(isNew: false))
    let isBelieved = source.passTime(to: .seconds(700))
    #expect(isBelieved)
    #expect(source.believed.count == 1 && source.leftOut.isEmpty && source.due == nil)
  }

  @Test func `each missing engine is left out after ten minutes of its own`() throws {
    var source = try heard(10)
    _ = source.received(try engines(0..<2), isExplicit: false, at: .seconds(100))
    let verdict6 = try source.received(engines(0..<1), isExplicit: false, at: .seconds(600))
    #expect(verdict6 == .doubted(isNew: false))
    #expect(source.due == .seconds(700))
    let isBelieved = source.passTime(to: .seconds(700))
    #expect(isBelieved)
    #expect(Set(source.believed.map(\.id)) == ["host:8000", "host:8001"])
    #expect(source.due == .seconds(1200))
  }

  @Test func `a new engine in a doubted answer counts at once`() throws {
    var source = try heard(10)
    let verdict = try source.received(engines(0..<1) + engines(20..<22), isExplicit: false, at: .seconds(1))
    #expect(verdict == .doubted(isNew: true))
    #expect(source.believed.count == 12)
    #expect(source.leftOut == Set(try engines(1..<10).map(\.id)))
  }

  @Test func `an engine that the source saw end goes at once`() throws {
    var source = try heard(10)
    let verdict = try source.received(engines(0..<1), isExplicit: false, ended: ["host:8009"], at: .seconds(1))
    #expect(verdict == .doubted(isNew: true))
    #expect(Set(source.believed.map(\.id)) == Set(try engines(0..<9).map(\.id)))
    let all = Set(try engines(0..<9).map(\.id))
    let last = source.received([], isExplicit: false, ended: all, at: .seconds(2))
    #expect(last == .believed && source.believed.isEmpty)
  }

  @Test func `a whole answer ends the doubt about a source`() throws {
    var source = try heard(10)
    _ = source.received([], isExplicit: false, at: .seconds(1))
    let verdict7 = try source.received(engines(0..<10), isExplicit: false, at: .seconds(2))
    #expect(verdict7 == .believed)
    #expect(source.leftOut.isEmpty)
    let isReplaced = source.passTime(to: .seconds(10_000))
    #expect(!isReplaced)
    #expect(source.believed.count == 10)
  }
}
