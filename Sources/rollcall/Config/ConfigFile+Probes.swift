/// What a configuration file says of probing.
extension ConfigFile {
  static let probeKeys = [
    "probe_interval", "probe_timeout", "forget_after", "rise", "fall", "stall_after", "proof_of_life", "proof_timeout",
  ]

  mutating func readProbes(_ mapping: inout ConfigMapping) throws {
    probeInterval = try mapping.value("probe_interval", DurationText.parse)
    probeTimeout = try mapping.value("probe_timeout", DurationText.parse)
    forgetAfter = try mapping.value("forget_after", DurationText.parse)
    rise = try mapping.value("rise", ProbeOptions.count)
    fall = try mapping.value("fall", ProbeOptions.count)
    stallAfter = try mapping.value("stall_after", DurationText.parse)
    proofOfLife = try mapping.value("proof_of_life", DurationText.parse)
    proofTimeout = try mapping.value("proof_timeout", DurationText.parse)
  }
}
