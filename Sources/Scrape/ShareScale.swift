/// The scale on which an engine reports a share. vLLM and SGLang report a ratio; their imitations report a percentage
/// under the same names (AIBrix' mock: `vllm:kv_cache_usage_perc 94.0`, with a help text that promises a ratio).
///
/// Only a value above the range of ratios shows a percentage. From then on every value of the process is a percentage,
/// so that 0.9 after 56 is 0.9 %. Before it, values count as ratios, as the engines document them.
struct ShareScale: Sendable {
  /// Ratios may exceed 1 by a little: by rounding, or in an overcommitted cache. A first value between 1 and this
  /// may be on either scale and is unknown.
  private static let largestRatio = 1.1

  private var isPercentage = false

  /// - Parameter largest: the largest share in a new scrape; all its shares are on one scale.
  mutating func note(_ largest: Double) {
    if largest > Self.largestRatio, largest <= 100 { isPercentage = true }
  }

  /// The ratio of a reported share, from 0 to 1; nil when it is unknown.
  func ratio(_ share: Double) -> Double? {
    let ratio = isPercentage ? share / 100 : share
    return 0...1 ~= ratio ? ratio : nil
  }
}
