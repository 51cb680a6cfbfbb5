/// Any engine that lists its models as OpenAI does and that bears the signs of no other kind. The list alone decides: of
/// such an engine no other path is known to cost nothing.
enum OpenAI {
  static let dialect = Dialect(
    kind: .openai,
    lists: [Dialect.listPath, "/models", "/v3/models"].map(Dialect.list(at:)),
    proofs: ProofTask.openAI)
}
