/// What a configuration file says of probing.
extension ConfigFile {
  static let probeKeys = [
    "probe_interval", "probe_timeout", "forget_after", "rise", "fall", "stall_after", "proof_of_life", "proof_timeout",
  ]

  mutating func readProbes(_ mapping: inout ConfigMapping) throws {
    probeInterval = try mapping.value("probe_interval", parseDuration)
    probeTimeout = try mapping.value("probe_timeout", parseDuration)
    forgetAfter = try mapping.value("forget_after", parseDuration)
    rise = try mapping.value("rise", parseProbeCount)
    fall = try mapping.value("fall", parseProbeCount)
    stallAfter = try mapping.value("stall_after", parseDuration)
    proofOfLife = try mapping.value("proof_of_life", parseDuration)
    proofTimeout = try mapping.value("proof_timeout", parseDuration)
  }
}
