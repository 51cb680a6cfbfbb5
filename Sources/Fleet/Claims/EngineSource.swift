/// Something that finds engines: it lists them, follows what changes, and looks again from time to time.
package protocol EngineSource: Sendable {
  /// Unique among the sources: `kubernetes/prod`, `file/engines.yaml`, `dns/vllm.svc:8000`, `peer/west`, `registration`.
  var name: String { get }
  /// Tells what it finds until the task is cancelled. It does not end by itself.
  func run(_ ear: any SourceDelegate) async
}

/// Who hears sources. Any thread may call it, and is not held up.
package protocol SourceDelegate: Sendable {
  /// All that a source knows now. It answers.
  func hear(_ answer: SourceAnswer)
  /// A source cannot be asked now, and why: what it said stays, and lists say that they may be old until it is heard
  /// again. To be called as often as it is tried.
  func silent(source: String, reason: String)
}
