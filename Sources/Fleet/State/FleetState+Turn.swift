/// What is to be done now, and when to look again.
extension FleetState {
  struct Turn: Sendable {
    var starts: [Start]
    /// nil: nothing waits for time.
    var wake: Duration?
  }

  mutating func turn(at now: Moment) -> Turn {
    passTime(to: now)
    pace.advance(to: now.up, engines: members.count, window: settings.sweepWindow)
    var starts: [Start] = []
    for lane in Lane.allCases {
      while hasRoom(lane), pace.hasRoom, let (id, due) = schedules[lane]?.next(at: now.up), let member = members[id] {
        flights[lane, default: 0] += 1
        pace.take()
        var request = member.tracker.request
        // Few at a time: who is not proved to be alive now is probed all the same.
        if proofsInFlight >= settings.proofConcurrency { request.proof = nil }
        if request.proof != nil { proofsInFlight += 1 }
        starts.append(Start(request: request, contact: member.contact, lane: lane, due: due))
      }
    }
    nextTurn = wake
    return Turn(starts: starts, wake: nextTurn)
  }

  /// Whether another probe may be in flight there.
  func hasRoom(_ lane: Lane) -> Bool {
    let total = flights.values.reduce(0, +)
    return switch lane {
    case .answering: total < settings.concurrency
    case .silent: total < settings.concurrency && flights[.silent, default: 0] < max(1, settings.concurrency / 2)
    }
  }

  private var wake: Duration? {
    mutating get {
      var times: [Duration] = heard.values.compactMap(\.sourceGuard.due)
      if !awaited.isEmpty { times.append(settings.sourceTimeout) }
      if unswept != nil, !isSweepLate { times.append(settings.sweepTimeout) }
      // A lane without room is looked at again when a probe ends.
      for lane in Lane.allCases where hasRoom(lane) {
        if let due = schedules[lane]?.due { times.append(pace.hasRoom ? due : max(due, pace.hasRoomAt)) }
      }
      return times.min()
    }
  }
}
