import Dispatch
import Fleet
import Synchronization

/// Resolves the host names of engines with c-ares, on a thread of its own that begins with the first name. The answers
/// come from `/etc/hosts` and the name servers of `/etc/resolv.conf`, whose changes count at once.
package final class NameResolver: Sendable {
  /// The immediate result of a request.
  package enum Reply: Sendable {
    case known(NameAnswer)
    /// The completion will be called, unless the caller gives up.
    case waiting(Waiter)
  }

  /// A caller that waits for an answer.
  package struct Waiter: Hashable, Sendable {
    fileprivate var id: Int
    fileprivate var name: String
  }

  private struct State {
    var cache: NameCache
    var completions: [Int: @Sendable (NameAnswer) -> Void] = [:]
    var lastWaiter = 0
    /// nil before the thread begins and after it has ended.
    var bell: Bell?
    var isShutDown = false
  }

  private let settings: LookupPoller.Settings
  private let state: Mutex<State>
  private let thread = DispatchQueue(label: "rollcall.names")

  /// `longestLifetime`: how long an answer is kept at most, if that is more than a second.
  package convenience init(longestLifetime: Duration) {
    var limits = NameLimits()
    limits.longestLifetime = longestLifetime
    self.init(limits, LookupPoller.Settings())
  }

  init(_ limits: NameLimits, _ settings: LookupPoller.Settings) {
    self.settings = settings
    state = Mutex(State(cache: NameCache(limits)))
  }

  /// Asks for the addresses of a name. `time`: how long the caller has for all that it does. `completion` is called at
  /// most once, on the resolver's thread, and only if the answer is not known at once.
  package func ask(
    _ name: String, within time: Duration, completion: @escaping @Sendable (NameAnswer) -> Void
  ) -> Reply {
    state.withLock { state in
      guard !state.isShutDown else { return .known(.failure(.noAnswer)) }
      let bell: Bell
      do throws(OwnFailure) {
        bell = try begin(&state)
      } catch {
        return .known(.failure(.own(error)))
      }
      let waiter = state.lastWaiter + 1
      if let answer = state.cache.ask(name, waiter: waiter, within: time, at: .now) { return .known(answer) }
      state.lastWaiter = waiter
      state.completions[waiter] = completion
      bell.ring()
      return .waiting(Waiter(id: waiter, name: name))
    }
  }

  /// Ends the wait of a caller; the lookup goes on, so that the next caller has its result.
  package func giveUp(_ waiter: Waiter) {
    state.withLock { state in
      guard state.completions.removeValue(forKey: waiter.id) != nil else { return }
      state.cache.giveUp(waiter.id, of: waiter.name)
    }
  }

  /// Ends the thread. Callers that wait get no answer.
  package func shutdown() {
    state.withLock { state in
      state.isShutDown = true
      state.completions = [:]
      state.bell?.ring()
    }
  }

  /// Begins the thread, unless it runs.
  private func begin(_ state: inout State) throws(OwnFailure) -> Bell {
    if let bell = state.bell { return bell }
    let bell = try Bell()
    state.bell = bell
    thread.async { self.run(bell) }
    return bell
  }

  /// Looks names up until the resolver is shut down.
  private func run(_ bell: Bell) {
    let poller = LookupPoller(settings, bell)
    while let (turn, settled) = turn(poller.takeResults()) {
      for (completion, answer) in settled { completion(answer) }
      for start in turn.starts { poller.begin(start) }
      poller.wait(until: turn.wake)
    }
    state.withLock { $0.bell = nil }
    bell.close()
  }

  private typealias Settled = (completion: @Sendable (NameAnswer) -> Void, answer: NameAnswer)

  /// Takes results and moves on to the present; nil: the resolver is shut down.
  private func turn(_ results: [(NameCache.Start, LookupOutcome)]) -> (NameCache.Turn, [Settled])? {
    state.withLock { state in
      guard !state.isShutDown else { return nil }
      let now = ContinuousClock.now
      for (start, result) in results { state.cache.finished(start, result, at: now) }
      let turn = state.cache.advance(to: now)
      let settled = turn.settled.compactMap { settlement in
        state.completions.removeValue(forKey: settlement.waiter).map { ($0, settlement.answer) }
      }
      return (turn, settled)
    }
  }
}
