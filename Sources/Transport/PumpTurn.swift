/// How much a connection sends before others get their turn.
struct PumpTurn {
  static let maxBytes = 524_288
  static let length = Duration.microseconds(300)

  let start: ContinuousClock.Instant
  var byteCount = 0

  init(start: ContinuousClock.Instant) {
    self.start = start
  }

  func isOver(at now: ContinuousClock.Instant) -> Bool {
    byteCount >= Self.maxBytes || now - start >= Self.length
  }
}
