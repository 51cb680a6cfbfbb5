import Catalog
import TestKit
import Testing

@testable import Fleet

/// What one probe or one registration touches, in fleets of several sizes.
@Suite struct FleetCostTests {
  private let wall = Timestamp(microseconds: 1)

  private func claim(_ number: Int, workload: String = "") throws -> FleetClaims.Probed {
    var spec = try EngineSpec(url: "http://e\(number):1", id: "e\(number)")
    spec.workload = workload
    return FleetClaims.Probed(spec: spec, sources: [.static], namedBy: .static)
  }

  @Test(arguments: [10, 1_000])
  func `a finished probe looks only at its own workload`(count: Int) {
    var unprobed = UnprobedEngines()
    for number in 0..<count {
      let facts = EngineFacts(
        id: "d\(number)", endpoint: "", condition: Condition(state: .cold, cause: .scaledToZero, changedAt: wall))
      let engine = UnprobedEngine(facts: facts, models: [], workload: "w\(number)")
      _ = unprobed.take(FleetClaims.Unprobed(engine: engine, sources: [.static]), known: nil, at: wall)
    }
    unprobed.leave((0..<count).map { "d\($0)" }) { _ in false }
    var asked: [String] = []
    let still = unprobed.release("w3") { workload in
      asked.append(workload)
      return true
    }
    #expect(asked == ["w3"] && still.isEmpty)
    #expect(unprobed.release("w3") { _ in false }.map(\.id) == ["d3"])
    asked = []
    #expect(
      unprobed.release("other") {
        asked.append($0); return false
      }.isEmpty)
    #expect(asked.isEmpty, "where nothing leaves, nothing is asked")
    #expect(unprobed.engines.count == count - 1)
  }

  @Test(arguments: [10, 1_000])
  func `a turn looks only at the engines that are due`(count: Int) throws {
    var plan = ProbePlan(ProbeSettings(), random: SeededGenerator(seed: 1))
    for number in 0..<count { plan.add("e\(number)", isUnreachable: false, within: .seconds(1_000), at: .zero) }
    plan.add("due", isUnreachable: false, within: .zero, at: .zero)
    plan.advance(to: .zero)
    var looked: [String] = []
    let spec = try EngineSpec(url: "http://due:1", id: "due")
    var starts = 0
    while let _ = plan.start(
      at: .zero,
      {
        looked.append($0)
        return ProbeRequest(spec: spec, timeout: .seconds(1))
      })
    { starts += 1 }
    #expect(looked == ["due"] && starts == 1)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `the counts and the index by place agree with a walk over all engines`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var roster = FleetRoster()
    var settings = ProbeSettings()
    settings.fall = 1
    var answered: Set<String> = []
    let places = try (0..<24).map { try claim($0).spec.place }
    for step in 1...300 {
      let number = Int.random(in: 0..<12, using: &random)
      let id = "e\(number)"
      var claim = try claim(number, workload: ["", "v", "w"].randomElement(using: &random) ?? "")
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where roster.members[id] == nil && roster.id(at: claim.spec.place) == nil:
        _ = roster.add(claim, settings, known: nil, at: wall)
        answered.remove(id)
      case 1: _ = roster.remove(id)
      case 2:
        let place = Int.random(in: 0..<24, using: &random)
        guard roster.id(at: try self.claim(place).spec.place) == nil else { continue }
        var spec = try EngineSpec(url: "http://e\(place):1", id: id)
        spec.workload = claim.spec.workload
        claim.spec = spec
        _ = roster.edit(spec, at: wall)
      default:
        let outcome: ProbeOutcome =
          [.serving("m"), .refusedConnection, .refused("key")].randomElement(using: &random)
          ?? .timedOut
        let up = Duration.seconds(step)
        if outcome.isAnswer, roster.members[id] != nil { answered.insert(id) }
        _ = roster.change(id) { $0.settle(outcome, at: Moment(wall: wall, up: up), forgetting: up) }
      }
      let trackers = roster.members.values.map(\.tracker)
      let idsByPlace = Dictionary(uniqueKeysWithValues: trackers.map { ($0.spec.place, $0.spec.id) })
      #expect(places.map { roster.id(at: $0) } == places.map { idsByPlace[$0] })
      let states = trackers.map(\.state)
      #expect(roster.unknownCount == states.filter { $0 == nil }.count)
      // Engines that never answered may be typing errors, and count neither way.
      let counted = trackers.filter { $0.state != .unreachable || answered.contains($0.spec.id) }
      let lost = counted.count { $0.state == .unreachable }
      #expect(roster.isMostlyUnreachable == (lost * 2 > counted.count))
      for workload in ["v", "w"] {
        let awaits = trackers.contains { $0.spec.workload == workload && $0.facts == nil && !$0.isUnreachable }
        #expect(roster.awaits(workload) == awaits)
      }
    }
  }
}
