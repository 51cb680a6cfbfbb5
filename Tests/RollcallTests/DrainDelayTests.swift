import Testing

@testable import rollcall

/// The time between a signal to stop and the end of listening.
@Suite struct DrainDelayTests {
  @Test func `without a delay there is nothing to wait for and nothing to end`() async {
    let delay = DrainDelay(.zero)
    await delay.pass()
    #expect(!delay.end())
  }

  @Test func `a delay passes by itself, and then there is nothing to end`() async {
    let delay = DrainDelay(.milliseconds(10))
    let start = ContinuousClock.now
    await delay.pass()
    #expect(ContinuousClock.now - start >= .milliseconds(10))
    #expect(!delay.end())
  }

  @Test(.timeLimit(.minutes(1))) func `a second signal ends a delay`() async throws {
    let delay = DrainDelay(.seconds(3_600))
    async let passed: Void = delay.pass()
    try await Task.sleep(for: .milliseconds(20))
    #expect(delay.end())
    await passed
    #expect(!delay.end())
  }

  @Test(.timeLimit(.minutes(1))) func `a signal that comes before the delay begins leaves none`() async {
    let delay = DrainDelay(.seconds(3_600))
    #expect(delay.end())
    await delay.pass()
    #expect(!delay.end())
  }

  @Test(arguments: [
    ("0", Duration.zero), ("0s", .zero), ("500ms", .milliseconds(500)), ("10m", .seconds(600)),
  ])
  func `a delay is 0 or a duration`(text: String, delay: Duration) throws {
    #expect(try parseDrainDelay(text) == delay)
  }

  @Test(arguments: ["", "5", "-1s", "11m", "soon"]) func `a delay that is none, or too long, is refused`(text: String) {
    #expect(throws: CommandError.self) { try parseDrainDelay(text) }
  }
}
