/// What a configuration file says of where engines are found.
extension ConfigFile {
  static let sourceKeys = ["cluster"]

  mutating func readSources(_ mapping: inout ConfigMapping) throws {
    sources.cluster = try mapping.value("cluster", SourceSettings.checkCluster)
  }
}
