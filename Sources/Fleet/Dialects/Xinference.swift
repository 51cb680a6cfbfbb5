/// Xinference (recorded: 4.1). It lists the models that run, and has no path for its health: the list decides. It demands
/// authentication unless it is told not to.
enum Xinference {
  static let dialect = Dialect(
    kind: .xinference,
    versionPath: "/v1/cluster/version",
    signs: [.owner("xinference"), .fields([.modelAbility])],
    version: VersionAnswer.read,
    proofs: ProofTask.openAI)
}
