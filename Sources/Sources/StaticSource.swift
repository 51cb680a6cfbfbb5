package import Fleet

/// The engines of the command line and the configuration file. An operator named them, so the answer is explicit.
package struct StaticSource: Sendable {
  package let answer: SourceAnswer

  /// Throws when two engines have the same id.
  package init(_ engines: [EngineSpec]) throws(EngineSpecError) {
    try EngineSpec.checkUnique(engines)
    answer = SourceAnswer(source: .static, engines: engines, trust: .declared)
  }
}
