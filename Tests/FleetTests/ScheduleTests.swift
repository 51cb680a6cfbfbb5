import Testing

@testable import Fleet

@Suite("The schedule of turns")
struct ScheduleTests {
  @Test func `turns come in order of time and only when due`() {
    var schedule = Schedule()
    schedule.set("late", due: .seconds(3))
    schedule.set("early", due: .seconds(1))
    schedule.set("moved", due: .seconds(1))
    schedule.set("moved", due: .seconds(2))
    schedule.set("gone", due: .seconds(1))
    schedule.remove("gone")
    var order: [String] = []
    for second in 0...3 {
      while let turn = schedule.next(at: .seconds(second)) { order.append("\(second) \(turn.id) \(turn.due)") }
    }
    #expect(order == ["1 early 1.0 seconds", "2 moved 2.0 seconds", "3 late 3.0 seconds"])
    let due = schedule.due
    #expect(due == nil)
  }
}
