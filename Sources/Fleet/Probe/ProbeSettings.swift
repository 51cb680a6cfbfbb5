/// How engines are probed.
package struct ProbeSettings: Hashable, Sendable {
  /// The time between two probes of an engine that answers, give or take 10 %.
  package var interval: Duration = .seconds(5)
  /// The time for all exchanges of one probe together.
  package var timeout: Duration = .seconds(2)
  /// Failures in a row after which an engine that was serving is UNREACHABLE (it does not answer) or FAILED (its
  /// answers make no sense). With the default interval a black hole is found in 10 s: 5 to the next probe, 2 of
  /// timeout, 1 to the confirming probe, 2 of timeout. A refused connection is no lost packet and counts at once.
  package var fall = 2
  /// Good answers in a row after which an engine that was not serving is READY. The first contact needs only one.
  package var rise = 1
  /// How long an engine may show work in flight without progress until Rollcall requests one token.
  package var stallAfter: Duration = .seconds(60)
  /// How long an engine may show no progress at all until Rollcall requests one token; nil: never for that alone,
  /// because this sends real requests to idle engines.
  package var proofOfLife: Duration?
  /// How long a proof of life may take, all of its requests together.
  package var proofTimeout: Duration = .seconds(15)
  /// The largest number of proofs of life in flight.
  var proofConcurrency: Int { max(1, concurrency / 2) }
  /// The largest number of models that one proof of life tries.
  static let proofModels = 3
  /// The largest number of models that are taken of one engine; at most `Observation.modelLimit`.
  package var modelLimit = 4_096
  /// How long a path that an engine does not have is not requested again.
  static let missingPatience: Duration = .seconds(300)
  /// How long an engine is UNREACHABLE until it is forgotten, not counting the time in which most engines are, nor that
  /// before this process started.
  package var forgetAfter: Duration = .seconds(15 * 60)
  /// The longest time between two probes of an engine that does not answer; nil: two intervals. An engine that refuses
  /// connections costs nothing, so two intervals are the most for it in any case.
  package var maxBackOff: Duration?
  /// The largest number of probes in flight. Those of UNREACHABLE engines may take half of it, so that they never delay
  /// the others.
  package var concurrency = 256
  /// How long a source may keep the first sweep waiting.
  package var sourceTimeout: Duration = .seconds(10)
  /// How long the first sweep may take, from the fleet's start. What the store knows is listed meanwhile.
  package var sweepTimeout: Duration = .seconds(30)

  /// The cluster of engines whose source names none; empty: no cluster.
  package var cluster = ""

  package init() {}

  /// The longest time over which the first probes of a large fleet are spread: each engine has a millisecond of it.
  var sweepWindow: Duration { min(interval, sweepTimeout / 2) }

  /// How long an engine keeps its state without an answer that shows it: the engine is busy or takes no requests now, or
  /// this machine may have no way to it.
  var holdLimit: Duration { max(interval * fall, .seconds(60)) }

  /// The longest time that an engine may ask this server to wait.
  static let longestWait: Duration = .seconds(300)

  /// The time between probes of an engine that is LOADING: it is wanted soon, and its answers are cheap.
  var loadingInterval: Duration { min(interval, max(.seconds(1), interval / 5)) }

  /// The time until the confirming probe of an engine whose state is in doubt.
  var confirmation: Duration { min(interval, .seconds(1)) }

  /// The time between probes of an UNREACHABLE engine: the interval, doubled each time up to `maxBackOff`. So an engine
  /// that is started again is READY within two intervals of its first answer by default.
  func backOff(doublings: Int, isRefused: Bool = false) -> Duration {
    let limit = isRefused ? min(maxBackOff ?? interval * 2, interval * 2) : maxBackOff ?? interval * 2
    return min(interval * (1 << min(doublings, 8)), max(interval, limit))
  }
}
