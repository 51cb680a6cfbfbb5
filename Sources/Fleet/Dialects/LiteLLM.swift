/// LiteLLM's proxy (recorded: 1.108). `/health` calls every model behind it, for money, so it is never asked;
/// `/health/liveliness` answers for the proxy alone (recorded). So do the list and, with a key, `/v1/model/info`. It gets
/// no proof of life.
enum LiteLLM {
  static let dialect = Dialect(
    kind: .litellm,
    healthPath: livelinessPath,
    signs: [
      .list { _, list in
        // Every entry has the date of one constant.
        !list.cards.isEmpty && list.cards.allSatisfy { $0.created == 1_677_610_602 }
      },
      .fields([.mode]),
      .answer(livelinessPath) { answer, _ in answer.isSuccess && answer.decoded(String.self) == "I'm alive!" },
    ])

  private static let livelinessPath = "/health/liveliness"
}
