extension Dialect {
  /// Anything that answers `GET /v1/models` as OpenAI does; what is recognised by nothing else.
  package static let openai = Dialect(
    kind: .openai,
    healthPath: "/health",
    healthIsOptional: true,
    recognises: { _, _ in false },
    models: { list, _ throws(MalformedList) in try list.models() },
    proof: completion)
}
