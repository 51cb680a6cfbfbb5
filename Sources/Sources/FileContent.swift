package import Fleet

/// The engines of a file, and what of the file is left out.
package struct FileContent: Sendable {
  package var engines: [EngineSpec]
  /// The entries, or parts of entries, that are left out, each with its place and the reason.
  package var notices: [String]

  package init(engines: [EngineSpec], notices: [String] = []) {
    self.engines = engines
    self.notices = notices
  }
}
