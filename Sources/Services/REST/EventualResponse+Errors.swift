import HTTP

/// An answer of now or later; an error becomes the response.
func eventually(
  _ form: ErrorForm = .openAI, _ body: () throws(OpenAIError) -> EventualResponse
) -> EventualResponse {
  do throws(OpenAIError) {
    return try body()
  } catch {
    return .now(form.response(error))
  }
}

/// A response that takes time: not made on the event loop.
func later(
  _ form: ErrorForm = .openAI,
  _ body: @escaping @concurrent @Sendable () async throws(OpenAIError) -> sending Response
) -> EventualResponse {
  .later {
    do throws(OpenAIError) {
      return try await body()
    } catch {
      return form.response(error)
    }
  }
}
