/// How names are looked up, and for how long the answers are kept.
struct NameLimits: Hashable, Sendable {
  /// The largest number of lookups side by side. Those of names in trouble may take half of it, so that they never delay
  /// the others.
  var places = 64
  /// The largest number of lookups that have lost their places and still run.
  var displaced = 1_024
  /// The longest time of a lookup.
  var lookup: Duration = .seconds(5)
  /// How long an answer is kept at least.
  var leastLifetime: Duration = .seconds(1)
  /// How long an answer is kept at most, if that is more than the least time.
  var longestLifetime: Duration = .seconds(10)
  /// How long a failure is kept.
  var failureLifetime: Duration = .seconds(1)
  /// How long addresses whose time to live has ended are used on while no name server answers.
  var staleness: Duration = .seconds(60)
  /// How long a new answer is waited for when addresses whose time to live has ended can be used, and how long a lookup
  /// keeps its place when names that are not in trouble wait for a place.
  var patience: Duration = .milliseconds(250)
  /// How long a name is remembered that no probe needs.
  var memory: Duration = .seconds(120)

  /// How long an answer is kept whose records have this time to live.
  func lifetime(_ timeToLive: Duration) -> Duration { max(leastLifetime, min(timeToLive, longestLifetime)) }
}
