/// Any engine that answers `GET /v1/models` as OpenAI does and that no other dialect recognises.
enum OpenAI {
  static let dialect = Dialect(
    kind: .openai,
    healthPath: "/health",
    healthIsOptional: true,
    recognises: { _, _ in false },
    models: { list, _ throws(MalformedList) in try list.models() },
    proof: Dialect.completion)
}
