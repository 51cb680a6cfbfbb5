/// The load that a simulated engine shows: completions that clients requested, and made-up load. The made-up load
/// follows from the time in which the engine computes, so that it moves without requests.
struct Traffic {
  private let seed: Int
  /// The start of the process, in Unix seconds.
  private(set) var startedAt: Double
  /// Whether the engine makes up no load.
  private let isIdle: Bool
  /// Seconds in which the engine has computed, up to `advancedTo`.
  private var computed = 0.0
  private var advancedTo: Double
  private var completions = 0
  private var promptTokens = 0
  private var generatedTokens = 0
  /// The number of answers by path and status class, for `http_requests_total`.
  private(set) var answers: [String: [Int: Int]] = [:]

  init(seed: Int, startedAt: Double, isIdle: Bool = false) {
    self.seed = seed
    self.startedAt = startedAt
    self.isIdle = isIdle
    advancedTo = startedAt
  }

  /// Starts a new process, with every counter at zero.
  mutating func restart(at now: Double) {
    self = Traffic(seed: seed, startedAt: now, isIdle: isIdle)
  }

  /// The processor time that the engine has used, in seconds.
  var computeSeconds: Double { computed / 2 }

  /// Advances the time to `now`, in Unix seconds.
  mutating func advance(to now: Double, isComputing: Bool) {
    if isComputing, !isIdle { computed += max(0, now - advancedTo) }
    advancedTo = now
  }

  mutating func completed(promptTokens: Int, generatedTokens: Int) {
    completions += 1
    self.promptTokens += promptTokens
    self.generatedTokens += generatedTokens
  }

  mutating func answered(path: String, status: UInt) {
    answers[path, default: [:]][Int(status / 100), default: 0] += 1
  }

  func reading(in mode: EngineMode) -> Reading {
    let phase = (computed / 120 + Double(seed) / 10).truncatingRemainder(dividingBy: 1)
    let wave = abs(2 * phase - 1)
    // A stuck engine goes on showing the work in which it hangs.
    let running = mode == .stuck ? 3 : mode.isComputing && !isIdle ? (wave * 8).rounded() : 0
    let requests = Int(computed * (0.5 + Double(seed % 7) * 0.25)) + completions
    return Reading(
      running: running, waiting: mode == .stuck ? 2 : max(0, running - 6), cacheUsage: running / 10,
      requests: requests,
      promptTokens: (requests - completions) * 128 + promptTokens,
      generatedTokens: (requests - completions) * 96 + generatedTokens)
  }

  /// The load at one moment.
  struct Reading {
    var running: Double
    var waiting: Double
    /// The used share of the cache, from 0 to 1.
    var cacheUsage: Double
    /// Requests that have finished since the start; the tokens count since the start too.
    var requests: Int
    var promptTokens: Int
    var generatedTokens: Int
  }
}
