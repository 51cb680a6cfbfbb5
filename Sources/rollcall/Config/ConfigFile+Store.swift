/// What a configuration file says of the store.
extension ConfigFile {
  static let storeKeys = [
    "data", "in_memory", "history", "history_changes", "history_size", "remember", "commit_delay", "admin_insecure",
  ]

  mutating func readStore(_ mapping: inout ConfigMapping) throws {
    let directory = try mapping.value("data", StoreValues.directory)
    let isInMemory = try mapping.value("in_memory", SwitchText.parse) ?? false
    guard directory == nil || !isInMemory else {
      throw ConfigMapping.error(mapping.file, mapping.line, "data and in_memory exclude each other")
    }
    place = isInMemory ? .memory : directory.map(StorePlace.directory)
    history = try mapping.value("history", DurationText.parse)
    historyChanges = try mapping.value("history_changes", StoreValues.changes)
    historySize = try mapping.value("history_size", SizeText.parse)
    remember = try mapping.value("remember", DurationText.parse)
    commitDelay = try mapping.value("commit_delay", StoreValues.commitDelay)
    adminInsecure = try mapping.value("admin_insecure", SwitchText.parse)
  }
}
