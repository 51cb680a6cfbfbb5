import Catalog
import TestKit

@testable import Fleet

/// The troubles of a world's engines that still answer, and of the machine that Rollcall runs on.
extension World {
  /// The kind of a new engine.
  mutating func kind() -> WorldEngine.Kind { pick([.vllm, .vllm, .ollama, .tgi]) ?? .vllm }

  /// Every engine serves again.
  mutating func healEngines() {
    for address in truth.used {
      truth.change(at: address, now: fleet.now) { engine in
        (engine.behaviour, engine.lost, engine.isFlaky) = (.serving, [], false)
        (engine.isStuck, engine.proofs) = (false, .done)
      }
    }
    truth.hanging = []
    say("every process serves again")
  }

  /// An engine answers by halves, asks to be left alone, or freezes; or its name hangs.
  mutating func disturbAnswers() {
    guard let address = pick(truth.used), let engine = truth.processes[address] else { return }
    let roll = random.next() % 12
    let isFlaky = chance(40)
    switch roll {
    case 0, 1:
      guard troubles.contains(.halves), let path = pick(engine.halves) else { return }
      say("the process at \(address) loses \(path)\(isFlaky ? " now and then" : "")")
      truth.change(at: address, now: fleet.now) { ($0.isFlaky, _) = (isFlaky, $0.lost.insert(path)) }
    case 2, 3:
      guard troubles.contains(.halves) else { return }
      let all: [WorldEngine.Behaviour] = [.emptyList, .emptyList, .garbledList, .lateList]
      behave(pick(all) ?? .emptyList, at: address, isFlaky: isFlaky)
    case 4, 5:
      guard troubles.contains(.refusals) else { return }
      refuse(engine, at: address, isFlaky: isFlaky)
    case 6...9:
      guard troubles.contains(.freezes) else { return }
      freeze(address)
    case 10:
      guard troubles.contains(.names) else { return }
      let hangs = truth.hanging.remove(address) == nil
      if hangs { truth.hanging.insert(address) }
      say("the name of \(address) \(hangs ? "hangs" : "is resolved again")")
    default: healEngines()
    }
  }

  private mutating func behave(_ behaviour: WorldEngine.Behaviour, at address: String, isFlaky: Bool) {
    say("the process at \(address) is \(behaviour)\(isFlaky ? " now and then" : "")")
    truth.change(at: address, now: fleet.now) { ($0.behaviour, $0.isFlaky) = (behaviour, isFlaky) }
  }

  /// An engine takes no requests now, is busy, unwell, or nobody is behind its proxy.
  private mutating func refuse(_ engine: WorldEngine, at address: String, isFlaky: Bool) {
    switch random.next() % 6 {
    case 0...2:
      let status = chance(50) ? 429 : 503
      let wait: Duration? = status == 429 && chance(30) ? nil : .seconds(pick([1, 20, 45, 200, 900]) ?? 1)
      // Ollama's health is its version, by which it is recognised.
      let isOnHealth = engine.kind != .ollama && chance(60)
      let notNow = WorldEngine.NotNow(
        status: status, wait: wait, isOnHealth: isOnHealth, isOnList: !isOnHealth || chance(50))
      behave(.notNow(notNow), at: address, isFlaky: isFlaky)
    case 3:
      say("the process at \(address) gets requests")
      truth.change(at: address, now: fleet.now) { ($0.behaviour, $0.inFlight) = (.serving, 3) }
    case 4: behave(.silent, at: address, isFlaky: isFlaky)
    default:
      let isUnwell = engine.kind != .ollama && chance(30)
      behave(isUnwell ? .unwell : .deserted(pick([502, 503, 504]) ?? 503), at: address, isFlaky: isFlaky)
    }
  }

  /// An engine gets or loses work, and works on it or not.
  private mutating func freeze(_ address: String) {
    let frozen = truth.used.filter { truth.processes[$0]?.isFrozen == true }
    if chance(50), let address = pick(frozen) {
      say("the process at \(address) answers proofs with errors")
      return truth.change(at: address, now: fleet.now) { $0.proofs = .error }
    }
    let (isStuck, isBusy) = (chance(60), chance(60))
    let all: [WorldEngine.Proofs] = isStuck ? [.silent, .silent, .silent, .error] : [.done, .embeddings, .error]
    let proofs = pick(all) ?? .done
    say("the process at \(address) is \(isBusy ? "busy" : "idle"), \(isStuck ? "stuck" : "well"), proofs \(proofs)")
    truth.change(at: address, now: fleet.now) { engine in
      (engine.isStuck, engine.inFlight, engine.proofs) = (isStuck, isBusy ? 3 : 0, proofs)
      (engine.behaviour, engine.lost, engine.isFlaky) = (.serving, [], false)
    }
  }

  /// The machine that Rollcall runs on has a trouble: no descriptors, another wall clock, a disk that fails.
  mutating func disturbServer() {
    switch random.next() % 3 {
    case 0:
      guard troubles.contains(.own) else { return }
      truth.ownFailure = truth.ownFailure == nil ? pick([.openFiles, .machineFiles, .memory]) : nil
      say("this process \(truth.ownFailure.map { "is in trouble: \($0.text)" } ?? "is well again")")
    case 1:
      guard troubles.contains(.clocks) else { return }
      let days = pick([-400, -1, 0, 0, 1, 100]) ?? 0
      say("the wall clock is wrong by \(days) days")
      fleet.setWallClock(wrongBy: .seconds(86_400) * days)
    default:
      guard troubles.contains(.disks) else { return }
      if fleet.isSinkFailing { healSink() } else { failSink() }
    }
    check()
  }

  private mutating func failSink() {
    say("the disk fails")
    fleet.setSink(failing: true)
  }

  private mutating func healSink() {
    say("the disk is well again")
    fleet.setSink(failing: false)
    let missing = fleet.unrecorded
    if broken == nil, !missing.isEmpty { broken = "disk: not recorded are \(missing.joined(separator: ", "))" }
  }

  /// Ends the troubles of the machine.
  mutating func healServer() {
    truth.ownFailure = nil
    if fleet.isSinkFailing { healSink() }
  }
}
