import Metrics
import Testing

@testable import Transport

@Suite struct LoopStopsTests {
  /// Ticks at these times, in microseconds since the one before.
  private func stops(_ gaps: [(wall: Int, computed: Int, waited: Int)]) -> LoopStops {
    var stops = LoopStops()
    var tick = LoopStops.Tick(wall: .seconds(7), computed: .seconds(3), waited: .seconds(2))
    stops.note(tick)
    for gap in gaps {
      tick.wall += .microseconds(gap.wall)
      tick.computed += .microseconds(gap.computed)
      tick.waited += .microseconds(gap.waited)
      stops.note(tick)
    }
    return stops
  }

  @Test(arguments: [
    (1_000, 900, 0, 0), (1_050, 2, 0, 2), (3_000, 3_000, 0, 2_000), (9_000, 100, 0, 100), (900, 900, 0, 0),
    (6_000, 5_200, 0, 5_000), (9_000, 1_400, 7_600, 400), (9_000, 100, 8_800, 0),
  ])
  func `a stop is a tick's lateness, as far as the thread computed and had a processor`(
    wall: Int, computed: Int, waited: Int, stop: Int
  ) {
    #expect(stops([(wall, computed, waited)]).longest == .microseconds(stop))
  }

  @Test func `stops are counted by length, over all loops together`() {
    var all = stops([(1_010, 50, 0), (1_300, 400, 0), (2_000, 2_000, 0), (60_000, 59_500, 0)])
    #expect(all.histogram.counts == [1, 0, 1, 1, 0, 0, 0, 0, 1])
    all.add(stops([(1_000, 0, 0), (100_000, 100_000, 0)]))
    #expect(all.histogram.counts == [2, 0, 1, 1, 0, 0, 0, 0, 2] && all.longest == .milliseconds(99))
    #expect(abs(all.histogram.sum - 0.159_31) < 1e-9)
    #expect(all.families.map(\.name) == ["rollcall_event_loop_stop_seconds", "rollcall_event_loop_stop_seconds_max"])
    #expect(all.families[1].samples.first?.value == 0.099)
  }

  @Test func `the loops are measured only when that is wanted`() async throws {
    func ticks(_ server: Server) -> Double? {
      let stops = server.families().first { $0.name == "rollcall_event_loop_stop_seconds" }
      return stops?.samples.first { $0.suffix == "_count" }?.value
    }
    try await withEcho { _, _, server, _ in #expect(ticks(server) == nil) }
    try await withEcho({ $0.measuresLoops = true }) { _, _, server, _ in
      let isMeasured = try await eventually { ticks(server) ?? 0 > 10 }
      #expect(isMeasured)
    }
  }
}
