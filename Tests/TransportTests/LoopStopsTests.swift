import HTTP
import Testing

@testable import Transport

@Suite struct LoopStopsTests {
  /// Ticks at these times, in microseconds since the one before: by the clock, and computed by the thread.
  private func stops(_ gaps: [(wall: Int, cpu: Int)]) -> LoopStops {
    var stops = LoopStops()
    var (wall, cpu) = (Duration.seconds(7), Duration.seconds(3))
    stops.tick(wall: wall, cpu: cpu)
    for gap in gaps {
      (wall, cpu) = (wall + .microseconds(gap.wall), cpu + .microseconds(gap.cpu))
      stops.tick(wall: wall, cpu: cpu)
    }
    return stops
  }

  @Test(arguments: [
    (1_000, 900, 0), (1_050, 2, 2), (3_000, 3_000, 2_000), (9_000, 100, 100), (900, 900, 0), (6_000, 5_200, 5_000),
  ])
  func `A stop is what came late, as far as the thread computed`(wall: Int, cpu: Int, stop: Int) {
    #expect(stops([(wall, cpu)]).longest == .microseconds(stop))
  }

  @Test func `Stops are counted by length, and loops together`() {
    var all = stops([(1_010, 50), (1_300, 400), (2_000, 2_000), (60_000, 59_500)])
    #expect(all.histogram.counts == [1, 0, 1, 1, 0, 0, 0, 0, 1])
    all.add(stops([(1_000, 0), (100_000, 100_000)]))
    #expect(all.histogram.counts == [2, 0, 1, 1, 0, 0, 0, 0, 2] && all.longest == .milliseconds(99))
    #expect(abs(all.histogram.sum - 0.159_31) < 1e-9)
    #expect(all.families.map(\.name) == ["rollcall_event_loop_stop_seconds", "rollcall_event_loop_stop_seconds_max"])
    #expect(all.families[1].samples.first?.value == 0.099)
  }

  @Test func `Loops are measured when they are to be`() async throws {
    func ticks(_ server: Server) -> Double? {
      server.families().flatMap(\.samples).first { $0.suffix == "_count" }?.value
    }
    try await withEcho { _, _, server, _ in #expect(ticks(server) == nil) }
    try await withEcho({ $0.measuresLoops = true }) { _, _, server, _ in
      let isMeasured = try await eventually { ticks(server) ?? 0 > 10 }
      #expect(isMeasured)
    }
  }
}
