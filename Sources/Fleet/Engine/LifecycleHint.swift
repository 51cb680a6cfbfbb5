/// What a source says of an engine's life, beside what probes find. The texts are for people.
package enum LifecycleHint: Hashable, Sendable {
  case none
  /// It is not ready yet: LOADING until its source says otherwise, whether it answers or not, and not forgotten for being
  /// silent.
  case starting(String)
  /// It was ready and is no longer: LOADING though it answers.
  case unready(String)
  /// It cannot start: FAILED.
  case failing(String)
  /// It ends, and should get no new work: DRAINING.
  case ending(String)
}
