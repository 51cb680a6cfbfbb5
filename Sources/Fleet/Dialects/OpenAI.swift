/// Any engine that answers `GET /v1/models` as OpenAI does and that no other dialect recognises.
enum OpenAI {
  static let dialect = Dialect(
    kind: .openai,
    healthPath: "/health",
    recognises: { _, _ in false },
    models: { list, _ throws(MalformedList) in try list.models() },
    proofs: ProofTask.openAI)
}
