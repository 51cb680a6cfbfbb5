import Catalog
import Testing

@Suite struct HistoryRingTests {
  private func event(_ revision: Int64, bytes: Int = 10) -> RingEvent {
    RingEvent(
      kind: .added, key: key("m"), before: nil, after: nil,
      encoded: EncodedEvent(framed: [UInt8](repeating: 0, count: bytes), sse: []), revision: revision,
      resumeRevision: revision)
  }

  @Test(
    "holds no more events than its limit and tells from where on it knows all", arguments: [0, 1, 5, 8, 100, 3_000])
  func countLimit(limit: Int) {
    var ring = HistoryRing(after: 100, limits: HistoryLimits(events: limit))
    for step in 1...2_500 {
      // Two events of each revision.
      ring.append(event(100 + Int64(step + 1) / 2))
      #expect(ring.count <= limit)
      #expect(ring.end == step)
    }
    #expect(ring.count >= min(2_500, limit - limit / 8 - 1))
    for revision in 90...Int64(1_360) {
      guard let position = ring.position(after: revision) else {
        #expect(revision < ring.floor)
        continue
      }
      #expect(revision >= ring.floor)
      #expect(position == ring.end || ring.event(at: position).revision > revision)
      #expect(position == ring.start || ring.event(at: position - 1).revision <= revision)
      #expect(ring.end - position == max(0, 1_350 - Int(revision)) * 2)
    }
  }

  @Test("holds no more bytes than its limit") func byteLimit() {
    var ring = HistoryRing(after: 0, limits: HistoryLimits(events: 1_000, bytes: 20_000))
    for revision in 1...540 {
      ring.append(event(Int64(revision), bytes: revision % 50 == 0 ? 30_000 : 10))
      #expect(ring.byteCount <= 20_000)
    }
    #expect(ring.count > 10)
    #expect(ring.floor == 540 - Int64(ring.count))
  }

  @Test("a copy stays as it is") func immutable() {
    var ring = HistoryRing(after: 0, limits: HistoryLimits(events: 20))
    for revision in 1...10 { ring.append(event(Int64(revision))) }
    let copy = ring
    for revision in 11...100 { ring.append(event(Int64(revision))) }
    #expect(copy.count == 10)
    #expect((copy.start..<copy.end).map { copy.event(at: $0).revision } == Array(1...10))
    #expect(ring.position(after: 5) == nil)
  }
}
