/// A claim of a source on an engine as the store keeps it: after a restart the engine is probed, and judged, as before
/// its source has answered again. It is no fact about a model: models are derived without it.
///
/// Stored with the other claims on the engine under `meta/claims/<engine id>`.
package struct EngineClaim: Hashable, Sendable {
  /// The source's kind and name, such as `kubernetes` and `prod`.
  package var sourceKind: String
  package var sourceName: String
  /// The part of the source's answer that claims the engine; empty for the only part.
  package var part: String
  /// The id that the source gives the engine, which may differ from the engine's.
  package var id: String
  /// For how long the part has omitted the engine, in minutes; nil: it names the engine.
  package var omittedMinutes: Int?
  /// Whether the engine is probed; false: the source reports its facts.
  package var isProbed: Bool
  /// The kind in the source's description; empty: detected.
  package var kind = ""
  /// Where the engine's key is found; never the key. Both are empty for an engine without a key, or with a literal key.
  package var keyEnv = ""
  package var keyFile = ""
  /// Whether the engine has a literal key, which only the source knows.
  package var hasLiteralKey = false
  package var isDraining = false
  /// The cause and the text of the source's lifecycle hint; `.none` without a hint.
  package var hintCause = StateCause.none
  package var hint = ""
  /// The workload that the engine belongs to; empty: none.
  package var workload = ""
  /// The version of base models that report none.
  package var modelVersion = ""
  /// The time that the engine has to answer a probe; nil: the server's own.
  package var timeout: Duration?
  /// How the engine is asked, as texts by the options' names; those that are as usual are left out.
  package var options: [String: String] = [:]

  package init(
    sourceKind: String, sourceName: String, part: String, id: String, omittedMinutes: Int? = nil, isProbed: Bool
  ) {
    self.sourceKind = sourceKind
    self.sourceName = sourceName
    self.part = part
    self.id = id
    self.omittedMinutes = omittedMinutes
    self.isProbed = isProbed
  }
}
