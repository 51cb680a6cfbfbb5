import Testing

@testable import Fleet

@Suite("A part of a source that loses engines")
struct PartClaimsTests {
  func engines(_ range: Range<Int>) throws -> [EngineSpec] {
    try range.map { try EngineSpec(url: "http://host:\(8000 + $0)") }
  }

  func ids(_ range: Range<Int>) throws -> Set<String> { Set(try engines(range).map(\.id)) }

  func counted(_ part: PartClaims) -> Set<String> {
    Set(part.entries(at: .zero, isReachable: true).map(\.claim.id))
  }

  func omitted(_ part: PartClaims) -> Set<String> { Set(part.omittedClaims.map(\.id)) }

  @discardableResult
  func answer(
    _ part: inout PartClaims, _ engines: [EngineSpec], trust: SourcePart.Trust = .reported, isComplete: Bool = true,
    isAskable: Bool = false, ended: Set<String> = [], at seconds: Int = 1
  ) -> PartClaims.Verdict {
    let answer = SourcePart(
      engines: engines, isComplete: isComplete, trust: trust, isAskable: isAskable, ended: ended)
    return part.received(answer, engines.map { .probed($0) }, at: .seconds(seconds))
  }

  func named(_ count: Int) throws -> PartClaims {
    var part = PartClaims()
    answer(&part, try engines(0..<count), at: 0)
    return part
  }

  @Test(arguments: [(10, 5), (10, 9), (10, 20), (1, 1), (0, 0), (0, 5), (3, 2)])
  func `a part that loses half of its engines is believed`(before: Int, after: Int) throws {
    var part = try named(before)
    let verdict = answer(&part, try engines(0..<after))
    #expect(verdict == (before == after ? .unchanged : .believed))
    #expect(try counted(part) == ids(0..<after) && part.due(after: .zero) == nil)
  }

  @Test(arguments: [(10, 4), (10, 0), (1, 0), (3, 1)])
  func `a part that loses more than half of its engines is doubted`(before: Int, after: Int) throws {
    var part = try named(before)
    let first = answer(&part, try engines(0..<after))
    #expect(first == .doubted(before: before, now: after, isNew: true))
    let second = answer(&part, try engines(0..<after), at: 2)
    #expect(second == .believed, "it loses nothing more")
    #expect(try counted(part) == ids(0..<before) && omitted(part) == ids(after..<before))
  }

  @Test func `engines that strangers replace are lost`() throws {
    var part = try named(4)
    let verdict = answer(&part, try engines(20..<22))
    #expect(verdict == .doubted(before: 4, now: 2, isNew: true))
    #expect(try counted(part) == ids(0..<4).union(ids(20..<22)) && omitted(part) == ids(0..<4))
  }

  /// A list that was empty by mistake, and watched changes that follow one by one.
  @Test func `an engine that went with most others stays doubted while the part grows again`() throws {
    var part = try named(16)
    answer(&part, [])
    for count in 1...16 {
      answer(&part, try engines(0..<count), at: 2)
      #expect(try counted(part) == ids(0..<16), "after \(count)")
    }
    #expect(part.isCertain)
  }

  @Test func `what a doubted part loses as well is doubted with the rest`() throws {
    var part = try named(10)
    answer(&part, try engines(0..<4))
    answer(&part, try engines(0..<3), at: 2)
    #expect(try counted(part) == ids(0..<10))
  }

  @Test func `answers that name another part of the engines each time lose none`() throws {
    var part = try named(2)
    answer(&part, [])
    answer(&part, try engines(0..<1), at: 2)
    answer(&part, try engines(1..<2), at: 3)
    #expect(try counted(part) == ids(0..<2))
  }

  @Test func `the last word of a part that does not answer any more is not believed by time`() throws {
    var part = try named(4)
    answer(&part, [])
    part.failed()
    let isBelieved = part.passTime(to: .seconds(10_000))
    #expect(!isBelieved && part.count == 4 && part.due(after: .seconds(10_000)) == nil)
    answer(&part, [], at: 10_001)
    #expect(part.due(after: .seconds(10_001)) == .seconds(601))
    let isBelievedNow = part.passTime(to: .seconds(10_001))
    #expect(isBelievedNow && part.count == 0)
  }

  @Test func `what an edited file omitted before a restart needs no ten minutes`() throws {
    var part = PartClaims()
    for spec in try engines(0..<4) { part.remember(.probed(spec), omittedMinutes: 0) }
    answer(&part, [], trust: .edited, at: 1)
    let isBelieved = part.passTime(to: .seconds(11))
    #expect(isBelieved && part.count == 0)
  }

  @Test func `a declared part is believed at once`() throws {
    var part = try named(10)
    let verdict = answer(&part, [], trust: .declared)
    #expect(verdict == .believed && part.count == 0)
  }

  /// A file may have been read while it was written.
  @Test func `an edited part that loses most engines is believed soon`() throws {
    var part = try named(10)
    answer(&part, try engines(0..<4), trust: .edited)
    #expect(try counted(part) == ids(0..<10) && part.due(after: .seconds(1)) == .seconds(11))
    let isBelieved = part.passTime(to: .seconds(11))
    #expect(try isBelieved && counted(part) == ids(0..<4))
    answer(&part, try engines(0..<3), trust: .edited, at: 12)
    #expect(try counted(part) == ids(0..<3), "one of four goes at once")
  }

  /// It was told to look for less, and the rest of its answer may come a moment later.
  @Test(arguments: [0, 1, 9]) func `a part whose query changed is believed soon`(after: Int) throws {
    var part = try named(10)
    part.isChanged = true
    let verdict = answer(&part, try engines(0..<after))
    #expect(verdict == .believed && part.count == 10 && part.due(after: .seconds(1)) == .seconds(11))
    let isBelieved = part.passTime(to: .seconds(11))
    #expect(try isBelieved && counted(part) == ids(0..<after) && part.isCertain)
  }

  /// The part that could not be asked may hold what the change did not drop.
  @Test func `an incomplete answer is not the first after a change of the query`() throws {
    var part = try named(10)
    part.isChanged = true
    answer(&part, try engines(0..<1), isComplete: false)
    #expect(part.count == 10 && part.due(after: .seconds(1)) == nil)
    answer(&part, try engines(0..<1), at: 2)
    #expect(part.count == 10 && part.due(after: .seconds(2)) == .seconds(12))
  }

  @Test func `an incomplete part takes nothing away and gives what it names`() throws {
    var part = try named(4)
    answer(&part, try engines(3..<6), isComplete: false)
    #expect(try counted(part) == ids(0..<6) && omitted(part).isEmpty)
    answer(&part, try engines(3..<6), isComplete: false, ended: ["host:8000"], at: 2)
    #expect(try counted(part) == ids(1..<6), "what its source saw end goes all the same")
  }

  @Test func `what the store remembers counts until the part is complete`() throws {
    var part = PartClaims()
    for spec in try engines(0..<4) { part.remember(.probed(spec), omittedMinutes: nil) }
    answer(&part, try engines(0..<1), isComplete: false)
    #expect(try counted(part) == ids(0..<4))
    let verdict = answer(&part, [], at: 2)
    #expect(verdict == .doubted(before: 4, now: 0, isNew: true), "an empty first answer may be a mistake as well")
    #expect(try omitted(part) == ids(0..<4))
  }

  @Test func `one restart is no reason to believe and the ten minutes go on`() throws {
    var part = PartClaims()
    for spec in try engines(0..<2) { part.remember(.probed(spec), omittedMinutes: 4) }
    answer(&part, [], at: 30)
    #expect(part.count == 2 && part.due(after: .seconds(359)) == .seconds(360))
    let isEarly = part.passTime(to: .seconds(359))
    let isBelieved = part.passTime(to: .seconds(360))
    #expect(!isEarly && isBelieved && part.count == 0)
  }

  @Test func `a doubted engine goes after ten minutes`() throws {
    var part = try named(10)
    answer(&part, try engines(0..<1), at: 100)
    #expect(part.due(after: .seconds(650)) == .seconds(700) && part.due(after: .seconds(100)) == .seconds(160))
    let isEarly = part.passTime(to: .seconds(699))
    #expect(!isEarly)
    let isBelieved = part.passTime(to: .seconds(700))
    #expect(try isBelieved && counted(part) == ids(0..<1) && part.due(after: .seconds(700)) == nil)
  }

  @Test func `each missing engine has ten minutes of its own`() throws {
    var part = try named(10)
    answer(&part, try engines(0..<4), at: 100)
    answer(&part, try engines(0..<1), at: 600)
    let isBelieved = part.passTime(to: .seconds(700))
    #expect(try isBelieved && counted(part) == ids(0..<4))
    let isBelievedAgain = part.passTime(to: .seconds(1_200))
    #expect(try isBelievedAgain && counted(part) == ids(0..<1))
  }

  @Test func `an engine that the source saw end goes at once`() throws {
    var part = try named(10)
    answer(&part, try engines(0..<1), ended: ["host:8009"])
    #expect(try counted(part) == ids(0..<9))
    answer(&part, [], ended: try ids(0..<9), at: 2)
    #expect(part.count == 0)
  }

  @Test func `a whole answer ends the doubt`() throws {
    var part = try named(10)
    answer(&part, [])
    answer(&part, try engines(0..<10), at: 2)
    let isReplaced = part.passTime(to: .seconds(10_000))
    #expect(!isReplaced && part.isCertain && part.count == 10)
  }

  @Test func `an engine that an askable part omits stays until the source denies it`() throws {
    var part = PartClaims()
    answer(&part, try engines(0..<10), isAskable: true, at: 0)
    answer(&part, try engines(0..<9), isAskable: true)
    #expect(omitted(part) == ["host:8009"])
    let hasEnded = part.denied("host:8009", answers: true)
    #expect(try hasEnded && counted(part) == ids(0..<9), "one of ten, whether it answers or not")
    answer(&part, try engines(0..<8), isAskable: true, at: 2)
    answer(&part, try engines(0..<9), isAskable: true, at: 3)
    #expect(try counted(part) == ids(0..<9) && part.isCertain, "it is there after all")
  }

  /// A wiped API server answers 404 for everything.
  @Test func `denied engines count while they answer, where most would go`() throws {
    var part = PartClaims()
    answer(&part, try engines(0..<3), isAskable: true, at: 0)
    answer(&part, [], isAskable: true)
    let ended = try ids(0..<3).sorted().map { part.denied($0, answers: $0 != "host:8002") }
    #expect(ended == [false, false, true] && part.isDenied("host:8000"))
  }

  @Test func `a denied engine ends when the part names most of the others again`() throws {
    var part = PartClaims()
    answer(&part, try engines(0..<16), isAskable: true, at: 0)
    answer(&part, [], isAskable: true)
    let isEarly = part.denied("host:8015", answers: true)
    #expect(!isEarly && part.count == 16)
    answer(&part, try engines(0..<7), isAskable: true, at: 2)
    #expect(part.count == 16)
    answer(&part, try engines(0..<15), isAskable: true, at: 3)
    #expect(try counted(part) == ids(0..<15))
  }

  @Test func `a part that can be asked no longer is judged by its number`() throws {
    var part = PartClaims()
    answer(&part, try engines(0..<10), isAskable: true, at: 0)
    answer(&part, try engines(0..<9), isAskable: true)
    answer(&part, try engines(0..<9), at: 2)
    #expect(try counted(part) == ids(0..<9))
  }
}
