/// A source of engines: it lists them, follows changes, and lists them anew from time to time.
package protocol EngineSource: Sendable {
  /// Unique among the sources.
  var id: SourceID { get }
  /// Reports the engines to the delegate until the task is cancelled. It does not end by itself.
  func run(_ delegate: any SourceDelegate) async
}

/// Receives what the sources find. Any thread may call it; a call does not wait.
package protocol SourceDelegate: Sendable {
  /// Takes the answer of a source. Returns the engines of its askable parts that the answer omits and that still
  /// count: the source looks each up.
  @discardableResult func received(_ answer: SourceAnswer) -> [OmittedEngine]
  /// Takes the engines that the source was asked about and does not have: they end at once, unless most of the part's
  /// engines would end although they answer.
  func denied(source: SourceID, _ engines: [OmittedEngine])
  /// Notes that no part of a source answers now, and why. The engines of its last answer stay, and lists are marked as
  /// possibly old until the source answers again. The source calls it at every failed attempt.
  func failed(source: SourceID, reason: String)
}
