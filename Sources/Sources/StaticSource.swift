package import Fleet

/// The command line and the configuration file: explicit by nature.
package struct StaticSource: Sendable {
  package let answer: SourceAnswer

  /// Refuses engines of one id.
  package init(_ engines: [EngineSpec]) throws(EngineSpecError) {
    try EngineSpec.checkUnique(engines)
    answer = SourceAnswer(source: .static, engines: engines, isExplicit: true)
  }
}
