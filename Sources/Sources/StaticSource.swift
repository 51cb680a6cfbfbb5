package import Fleet

/// The command line and the configuration file: explicit by nature.
package struct StaticSource: Sendable {
  package static let name = "static"
  package let answer: SourceAnswer

  /// Refuses engines of one id.
  package init(_ engines: [EngineSpec]) throws(EngineSpecError) {
    try EngineSpec.checkUnique(engines)
    answer = SourceAnswer(source: Self.name, engines: engines, isExplicit: true)
  }
}
