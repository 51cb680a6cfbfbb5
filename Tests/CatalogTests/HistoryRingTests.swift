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
      revision: revision, time: moment(revision), events: (0..<events).map { _ in event(revision, bytes: bytes) })
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
    ring.expire(at: moment(1_000))
    #expect(ring.position(after: 500) != nil)
    #expect(ring.floor.revision >= 250)
    let kept = ring.count
    ring.expire(at: moment(1_000))
    #expect(ring.count == kept)
    ring.expire(at: moment(1_501))
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

  @Test func `a revision's time never goes back, even when the clock does`() {
    var ring = ring()
    ring.append(revision: 1, time: moment(50), events: [])
    ring.append(revision: 2, time: moment(20), events: [])
    ring.append(revision: 3, time: moment(60), events: [])
    #expect(ring.mark(of: 2)?.time == moment(50))
    #expect(ring.mark(until: moment(55))?.revision == 2)
  }
}
