import Testing

@testable import Fleet

@Suite("Proof of life")
struct LifeWatchTests {
  private var settings: ProbeSettings {
    var settings = ProbeSettings()
    settings.stallAfter = .seconds(60)
    settings.proofOfLife = nil
    return settings
  }

  private func signs(
    progress: Bool? = false, inFlight: Double? = nil, isRestarted: Bool = false, proof: Proof? = nil
  ) -> LifeWatch.Signs {
    var signs = LifeWatch.Signs()
    signs.hasProgressed = progress
    signs.inFlight = inFlight
    signs.isRestarted = isRestarted
    signs.proof = proof
    return signs
  }

  @Test func `an engine with work and no progress becomes a suspect after a while`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 3), at: .seconds(5), settings)
    watch.observe(signs(inFlight: 3), at: .seconds(64), settings)
    #expect(!watch.wantsProof(at: .seconds(64), settings))
    #expect(watch.wantsProof(at: .seconds(65), settings))
    #expect(watch.frozen == nil)
  }

  @Test func `an engine that is busy when the watch begins is a suspect no later than any other`() {
    var watch = LifeWatch(at: .seconds(5), isBusy: true)
    watch.observe(signs(inFlight: 3), at: .seconds(25), settings)
    #expect(!watch.wantsProof(at: .seconds(64), settings))
    #expect(watch.wantsProof(at: .seconds(65), settings))
  }

  @Test(arguments: [(true, 3.0), (false, 0.0)])
  func `an engine with progress or without work is no suspect`(progress: Bool, inFlight: Double) {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 3), at: .seconds(5), settings)
    watch.observe(signs(progress: progress, inFlight: inFlight), at: .seconds(60), settings)
    watch.observe(signs(inFlight: 3), at: .seconds(65), settings)
    // A token that moved by the second 60 says nothing of the time after.
    let due: Duration = progress && inFlight > 0 ? .seconds(120) : .seconds(125)
    #expect(!watch.wantsProof(at: due - .seconds(1), settings))
    #expect(watch.wantsProof(at: due, settings))
  }

  @Test func `unknown progress neither makes a suspect nor clears one`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(progress: nil), at: .seconds(5), settings)
    #expect(!watch.wantsProof(at: .seconds(1000), settings))
    watch.observe(signs(inFlight: 1), at: .seconds(10), settings)
    watch.observe(signs(progress: nil), at: .seconds(40), settings)
    #expect(watch.wantsProof(at: .seconds(70), settings))
  }

  @Test func `an idle engine is asked for a proof only when that is wanted`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 0), at: .seconds(500), settings)
    #expect(!watch.wantsProof(at: .seconds(500), settings))
    var asking = settings
    asking.proofOfLife = .seconds(30)
    #expect(watch.wantsProof(at: .seconds(500), asking))
    watch.observe(signs(progress: true, inFlight: 2), at: .seconds(500), asking)
    #expect(!watch.wantsProof(at: .seconds(529), asking))
    watch.observe(signs(proof: .passed(.completion)), at: .seconds(530), asking)
    #expect(!watch.wantsProof(at: .seconds(559), asking))
    #expect(watch.wantsProof(at: .seconds(560), asking))
  }

  @Test func `a busy engine has the longer patience`() {
    var asking = settings
    asking.proofOfLife = .seconds(10)
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 5), at: .seconds(5), asking)
    #expect(!watch.wantsProof(at: .seconds(64), asking))
    #expect(watch.wantsProof(at: .seconds(65), asking))
  }

  @Test func `a failed proof holds and is retried less and less often`() {
    var watch = LifeWatch(at: .zero)
    var up = Duration.seconds(100)
    var pauses: [Duration] = []
    for _ in 0..<5 {
      watch.observe(signs(progress: false, inFlight: 0, proof: .failed("no token within 15 s")), at: up, settings)
      #expect(watch.frozen == "frozen: no token within 15 s")
      let asked = up
      while !watch.wantsProof(at: up, settings) { up += .seconds(1) }
      pauses.append(up - asked)
    }
    #expect(pauses == [.seconds(5), .seconds(10), .seconds(10), .seconds(10), .seconds(10)])
  }

  @Test(arguments: [
    (progress: true, isRestarted: false, proof: Proof?.none), (false, true, nil), (false, false, .passed(.completion)),
    (true, false, .failed("no token within 15 s")),
  ])
  func `moving tokens, another process or a token end the verdict`(progress: Bool, isRestarted: Bool, proof: Proof?) {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(proof: .failed("x")), at: .seconds(100), settings)
    watch.observe(
      signs(progress: progress, inFlight: 4, isRestarted: isRestarted, proof: proof), at: .seconds(105), settings)
    #expect(watch.frozen == nil)
    #expect(!watch.wantsProof(at: .seconds(110), settings))
  }

  @Test func `an engine that does not take a proof request is asked again as if it had just become busy or idle`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 1), at: .seconds(5), settings)
    watch.observe(signs(inFlight: 1, proof: .unclear("404")), at: .seconds(65), settings)
    #expect(watch.frozen == nil)
    #expect(!watch.wantsProof(at: .seconds(124), settings))
    #expect(watch.wantsProof(at: .seconds(125), settings))
    var asking = settings
    asking.proofOfLife = .seconds(10)
    var idle = LifeWatch(at: .zero)
    idle.observe(signs(inFlight: 0, proof: .unclear("404")), at: .seconds(10), asking)
    #expect(idle.due(asking) == .seconds(20))
  }

  @Test func `an unclear proof neither makes an engine frozen nor lifts that`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(inFlight: 0, proof: .failed("no answer within 15 s")), at: .seconds(100), settings)
    for second in stride(from: 105, to: 400, by: 5) {
      watch.observe(signs(inFlight: 0, proof: .unclear("500")), at: .seconds(second), settings)
      #expect(watch.frozen == "frozen: no answer within 15 s")
    }
  }

  @Test func `the task that an engine did last is tried first`() {
    var watch = LifeWatch(at: .zero)
    watch.observe(signs(proof: .passed(.embedding)), at: .seconds(5), settings)
    watch.observe(signs(progress: true), at: .seconds(10), settings)
    #expect(watch.task == .embedding)
  }

  @Test func `a frozen verdict outlives a restart until the proof is retried`() {
    for (proof, isFrozen) in [(Proof.failed("x"), true), (.passed(.chat), false), (.unclear("404"), true)] {
      var watch = LifeWatch(frozen: "frozen: no token")
      #expect(watch.wantsProof(at: .zero, settings))
      watch.observe(signs(proof: proof), at: .seconds(1), settings)
      #expect((watch.frozen != nil) == isFrozen)
    }
  }
}
