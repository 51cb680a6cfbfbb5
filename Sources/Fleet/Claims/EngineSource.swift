/// Something that finds engines: it lists them, follows what changes, and looks again from time to time.
package protocol EngineSource: Sendable {
  /// Unique among the sources.
  var id: SourceID { get }
  /// Tells the delegate what it finds until the task is cancelled. It does not end by itself.
  func run(_ delegate: any SourceDelegate) async
}

/// Takes what sources find. Any thread may call it, and is not held up.
package protocol SourceDelegate: Sendable {
  /// Takes all that a source knows now.
  func received(_ answer: SourceAnswer)
  /// Notes that a source cannot be asked now, and why: what it said stays, and lists say that they may be old until it
  /// answers again. To be called at every attempt.
  func failed(source: SourceID, reason: String)
}
