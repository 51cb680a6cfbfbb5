/// What a configuration file says of the store.
extension ConfigFile {
  static let storeKeys = [
    "data", "in_memory", "history", "history_changes", "history_size", "remember", "commit_delay", "admin_insecure",
  ]

  mutating func readStore(_ mapping: inout ConfigMapping) throws {
    let directory = try mapping.value("data", parseDirectory)
    let isInMemory = try mapping.value("in_memory", parseSwitch) ?? false
    guard directory == nil || !isInMemory else {
      throw ConfigMapping.error(mapping.file, mapping.line, "data and in_memory exclude each other")
    }
    place = isInMemory ? .memory : directory.map(StorePlace.directory)
    history = try mapping.value("history", parseDuration)
    historyChanges = try mapping.value("history_changes", parseHistoryChanges)
    historySize = try mapping.value("history_size", parseSize)
    remember = try mapping.value("remember", parseDuration)
    commitDelay = try mapping.value("commit_delay", parseCommitDelay)
    adminInsecure = try mapping.value("admin_insecure", parseSwitch)
  }
}
