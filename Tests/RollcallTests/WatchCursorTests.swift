import Catalog
import Testing

@testable import rollcall

@Suite("Where a watch goes on after a lost connection")
struct WatchCursorTests {
  @Test func aFirstListThatIsCutShortIsVoid() {
    var cursor = WatchCursor()
    let begin1 = cursor.begins()
    #expect(!begin1)
    cursor.saw(.added, revision: 0)
    let begin2 = cursor.begins()
    #expect(begin2)
    #expect(cursor.startRevision == 0)
    let begin3 = cursor.begins()
    #expect(!begin3, "nothing was seen since")
  }

  @Test func changesGoOnAfterTheLastRevisionThatIsSafe() {
    var cursor = WatchCursor()
    cursor.saw(.added, revision: 0)
    cursor.saw(.synced, revision: 10)
    cursor.saw(.modified, revision: 10)
    cursor.saw(.removed, revision: 11)
    let begin4 = cursor.begins()
    #expect(!begin4)
    #expect(cursor.startRevision == 11)
  }

  @Test func aResetForgetsTheRevision() {
    var cursor = WatchCursor()
    cursor.saw(.synced, revision: 10)
    cursor.saw(.reset, revision: 0)
    let begin5 = cursor.begins()
    #expect(!begin5, "the list after RESET has not begun")
    #expect(cursor.startRevision == 0)
    cursor.saw(.added, revision: 0)
    let begin6 = cursor.begins()
    #expect(begin6)
    cursor.saw(.added, revision: 0)
    cursor.saw(.synced, revision: 20)
    #expect(cursor.startRevision == 20)
  }

  @Test func pausesGrowToALimitAndStartAgain() {
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
