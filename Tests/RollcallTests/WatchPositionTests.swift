import Catalog
import Testing

@testable import rollcall

@Suite("The position from which a watch resumes")
struct WatchPositionTests {
  @Test func `a first list that is cut short is discarded`() {
    var position = WatchPosition()
    let begin1 = position.beginStream()
    #expect(!begin1)
    position.received(.added, revision: 0)
    let begin2 = position.beginStream()
    #expect(begin2)
    #expect(position.startRevision == 0)
    let begin3 = position.beginStream()
    #expect(!begin3, "nothing was seen since")
  }

  @Test func `a watch resumes after the last revision that is safe`() {
    var position = WatchPosition()
    position.received(.added, revision: 0)
    position.received(.synced, revision: 10)
    position.received(.modified, revision: 10)
    position.received(.removed, revision: 11)
    let begin4 = position.beginStream()
    #expect(!begin4)
    #expect(position.startRevision == 11)
  }

  @Test func `a reset forgets the revision`() {
    var position = WatchPosition()
    position.received(.synced, revision: 10)
    position.received(.reset, revision: 0)
    let begin5 = position.beginStream()
    #expect(!begin5, "the list after RESET has not begun")
    #expect(position.startRevision == 0)
    position.received(.added, revision: 0)
    let begin6 = position.beginStream()
    #expect(begin6)
    position.received(.added, revision: 0)
    position.received(.synced, revision: 20)
    #expect(position.startRevision == 20)
  }

  @Test func `from RESET to SYNCED no revision counts`() {
    var position = WatchPosition()
    position.received(.synced, revision: 10)
    position.received(.reset, revision: 0)
    position.received(.added, revision: 0)
    position.received(.modified, revision: 12)
    #expect(position.startRevision == 0)
    let isVoid = position.beginStream()
    #expect(isVoid)
    position.received(.added, revision: 0)
    position.received(.synced, revision: 13)
    position.received(.removed, revision: 14)
    #expect(position.startRevision == 14)
  }

  @Test func `the pauses between attempts grow to a limit and start again`() {
    var backOff = BackOff()
    let first = backOff.next()
    #expect(first >= .milliseconds(125) && first <= .milliseconds(250))
    for _ in 0..<10 { _ = backOff.next() }
    let late = backOff.next()
    #expect(late >= .seconds(5) && late <= .seconds(10))
    backOff.reset()
    let again = backOff.next()
    #expect(again <= .milliseconds(250))
  }
}
