/// FastChat's OpenAI server (recorded: 0.2.36). It lists the models of its controller's workers, and has no other path to
/// look at.
enum FastChat {
  static let dialect = Dialect(
    kind: .fastchat,
    signs: [.owner("fastchat"), .fields([.permission])],
    proofs: ProofTask.openAI)
}
