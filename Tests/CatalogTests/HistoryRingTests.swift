import Catalog
import Testing

@Suite struct HistoryRingTests {
  private func event(_ revision: Int64, bytes: Int = 10) -> RingEvent {
    RingEvent(
      kind: .added, key: key("m"), before: nil, after: nil,
      encoded: EncodedEvent(framed: [UInt8](repeating: 0, count: bytes), sse: []), revision: revision,
      resumeRevision: revision)
  }

  private func ring(_ limits: HistoryLimits = HistoryLimits(), from floor: Int64 = 0) -> HistoryRing {
    HistoryRing(after: RevisionMark(revision: floor, time: moment(floor)), limits: limits)
  }

  private func append(_ revision: Int64, events: Int = 1, bytes: Int = 10, to ring: inout HistoryRing) {
    ring.append(
      RevisionMark(revision: revision, time: moment(revision)), uptime: .microseconds(revision),
      events: (0..<events).map { _ in event(revision, bytes: bytes) })
  }

  @Test(arguments: [0, 1, 5, 8, 100, 3_000])
  func `a history ring holds no more events than its limit and knows its floor`(limit: Int) {
    var ring = ring(HistoryLimits(events: limit), from: 100)
    for step in 1...1_250 {
      // Revisions have gaps.
      append(100 + Int64(step) * 3, events: 2, to: &ring)
      #expect(ring.count <= limit)
      #expect(ring.end == step * 2)
    }
    #expect(ring.count >= min(2_500, limit - limit / 8 - 2))
    for revision in 90...Int64(3_860) {
      let isGiven = revision >= 100 && revision <= 3_850 && (revision - 100) % 3 == 0
      guard let position = ring.position(after: revision) else {
        #expect(!isGiven || revision < ring.floor.revision)
        continue
      }
      #expect(isGiven && revision >= ring.floor.revision)
      #expect(position == ring.end || ring.event(at: position).revision > revision)
      #expect(position == ring.start || ring.event(at: position - 1).revision <= revision)
      #expect(ring.end - position == Int(3_850 - revision) / 3 * 2)
    }
  }

  @Test func `a history ring holds no more bytes than its limit`() {
    var ring = ring(HistoryLimits(events: 1_000, bytes: 20_000))
    for revision in 1...540 {
      append(Int64(revision), bytes: revision % 50 == 0 ? 30_000 : 10, to: &ring)
      #expect(ring.byteCount <= 20_000)
    }
    #expect(ring.count > 10)
    #expect(ring.floor.revision == 540 - Int64(ring.count))
  }

  @Test func `a history ring holds transactions without events too`() {
    var ring = ring()
    for revision in 1...1_000 { append(Int64(revision), events: revision % 300 == 0 ? 1 : 0, to: &ring) }
    #expect(ring.count == 3)
    #expect(ring.markCount == 1_000)
    for revision in 0...Int64(1_000) { #expect(ring.position(after: revision) == Int(revision) / 300) }
    #expect(ring.byteCount > 32_000)
  }

  @Test func `a copy of a history ring stays as it is`() {
    var ring = ring(HistoryLimits(events: 20))
    for revision in 1...10 { append(Int64(revision), to: &ring) }
    let copy = ring
    for revision in 11...100 { append(Int64(revision), to: &ring) }
    #expect(copy.count == 10)
    #expect((copy.start..<copy.end).map { copy.event(at: $0).revision } == Array(1...10))
    #expect(ring.position(after: 5) == nil)
  }

  @Test func `a history ring drops events that are older than its age, and nothing younger`() {
    var ring = ring(HistoryLimits(age: .microseconds(500)))
    for revision in 1...1_000 { append(Int64(revision), to: &ring) }
    ring.expire(at: .microseconds(1_000))
    #expect(ring.position(after: 500) != nil)
    #expect(ring.floor.revision >= 250)
    let kept = ring.count
    ring.expire(at: .microseconds(1_000))
    #expect(ring.count == kept)
    ring.expire(at: .microseconds(1_501))
    #expect(ring.count == 0)
    #expect(ring.markCount == 0)
    #expect(ring.byteCount == 0)
    #expect(ring.floor == RevisionMark(revision: 1_000, time: moment(1_000)))
    append(2_000, to: &ring)
    #expect(ring.position(after: 1_000) == 1_000)
    #expect(ring.position(after: 2_000) == 1_001)
  }

  @Test(arguments: [0, 1, 2_000]) func `a history ring finds the last revision until a time`(limit: Int) {
    var ring = ring(HistoryLimits(events: limit == 0 ? 100_000 : limit * 8), from: 100)
    for step in 1...1_000 { append(100 + Int64(step) * 10, to: &ring) }
    for time in stride(from: Int64(90), to: 10_200, by: 7) {
      let expected = time < ring.floor.time.microseconds ? nil : min(10_100, (time - 100) / 10 * 10 + 100)
      #expect(ring.mark(until: moment(time))?.revision == expected)
    }
    #expect(ring.mark(of: 10_100)?.time == moment(10_100))
    #expect(ring.mark(of: 10_095) == nil)
  }

  /// Appends a transaction a second: after `uptime` seconds, while the wall clock shows `wall` seconds.
  private func append(_ revision: Int64, wall: Int64, uptime: Int64?, to ring: inout HistoryRing) {
    ring.append(
      RevisionMark(revision: revision, time: moment(wall * 1_000_000)), uptime: uptime.map { .seconds($0) },
      events: [event(revision)])
  }

  private func mark(_ wall: Int64, in ring: HistoryRing, at present: (wall: Int64, uptime: Int64)) -> Int64? {
    let present = PresentTime(wall: moment(present.wall * 1_000_000), uptime: .seconds(present.uptime))
    return ring.mark(until: moment(wall * 1_000_000), present: present)?.revision
  }

  @Test func `a revision's time is what the wall clock showed`() {
    var ring = ring()
    append(1, wall: 50, uptime: 1, to: &ring)
    append(2, wall: 20, uptime: 2, to: &ring)
    append(3, wall: 60, uptime: 3, to: &ring)
    #expect([1, 2, 3].map { ring.mark(of: $0)?.time } == [50, 20, 60].map { moment($0 * 1_000_000) })
    #expect(ring.mark(until: moment(30_000_000))?.revision == 2)
    #expect(ring.mark(until: moment(55_000_000))?.revision == 2)
  }

  @Test(arguments: [100 * 86_400, -100 * 86_400, 600, -600] as [Int64], [8, 100_000])
  func `a passing jump of the wall clock moves no revision in time`(jump: Int64, events: Int) {
    // The clock shows 1,000,000 more than the uptime, and jumps from 300 to 335.
    func wall(_ uptime: Int64) -> Int64 { 1_000_000 + uptime + ((300..<335).contains(uptime) ? jump : 0) }
    var ring = ring(HistoryLimits(events: events * 100))
    for uptime in 1...Int64(700) {
      append(uptime, wall: wall(uptime), uptime: uptime, to: &ring)
      for age in [0, 1, 30, 60, 250] as [Int64] where age < uptime {
        #expect(mark(wall(uptime) - age, in: ring, at: (wall(uptime), uptime)) == uptime - age)
      }
    }
    ring.expire(at: .seconds(700))
    #expect(ring.count == 700)
  }

  @Test func `a small step of the wall clock moves no revision in time`() {
    var ring = ring()
    append(1, wall: 1_000, uptime: 1, to: &ring)
    append(2, wall: 1_001, uptime: 2, to: &ring)
    append(3, wall: 998, uptime: 3, to: &ring)
    #expect(mark(1_001, in: ring, at: (wall: 1_005, uptime: 10)) == 3)
    #expect(mark(997, in: ring, at: (wall: 1_005, uptime: 10)) == 0)
  }

  @Test func `revisions that an earlier process committed keep their times, but come before this process`() {
    var ring = HistoryRing(after: RevisionMark(revision: 0, time: moment(900_000_000)))
    append(1, wall: 1_000, uptime: nil, to: &ring)
    // The clock was ahead when the process before committed these.
    append(2, wall: 90_000, uptime: nil, to: &ring)
    append(3, wall: 90_001, uptime: nil, to: &ring)
    append(4, wall: 1_040, uptime: 5, to: &ring)
    let present = (wall: Int64(1_045), uptime: Int64(10))
    #expect([999, 1_000, 1_034, 1_035, 1_039, 1_040].map { mark($0, in: ring, at: present) } == [0, 1, 1, 3, 3, 4])
    #expect(mark(899, in: ring, at: present) == nil)
    // A clock that shows a time before the whole past tells nothing about it.
    #expect([89, 90, 94, 95].map { mark($0, in: ring, at: (wall: 100, uptime: 10)) } == [0, 3, 3, 4])
    // Their age begins with the process.
    ring.expire(at: .seconds(3_600))
    #expect(ring.count == 4)
    ring.expire(at: .seconds(3_606))
    #expect(ring.count == 0)
  }
}
