/// Anything that answers `GET /v1/models` as OpenAI does; what is recognised by nothing else.
enum OpenAI {
  static let dialect = Dialect(
    kind: .openai,
    healthPath: "/health",
    healthIsOptional: true,
    recognises: { _, _ in false },
    models: { list, _ throws(MalformedList) in try list.models() },
    proof: Dialect.completion)
}
