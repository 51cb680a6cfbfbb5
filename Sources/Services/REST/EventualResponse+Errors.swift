import HTTP

/// Makes an answer for now or later; an error that `body` throws becomes the response.
func eventually(
  _ form: ErrorForm = .openAI, _ body: () throws(OpenAIError) -> EventualResponse
) -> EventualResponse {
  do throws(OpenAIError) {
    return try body()
  } catch {
    return .now(form.response(error))
  }
}

/// Makes a slow response in a task off the event loop.
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
