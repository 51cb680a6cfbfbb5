import HTTP
import HTTPTypes
import Testing

@testable import Services

@Suite struct OpenAIErrorTests {
  @Test func `an unknown model has the text of OpenAI's error`() {
    let response = OpenAIError.modelNotFound("x").response
    #expect(response.status == .notFound)
    #expect(response.fields[.contentType] == "application/json")
    #expect(
      string(response)
        == #"{"error":{"message":"The model 'x' does not exist","type":"invalid_request_error","param":"model","#
        + #""code":"model_not_found"}}"# + "\n")
  }

  @Test func `an error has all four keys, with null for absent values`() {
    #expect(
      string(OpenAIError(.badRequest, "m", type: "t").response)
        == #"{"error":{"message":"m","type":"t","param":null,"code":null}}"# + "\n")
  }

  @Test(
    arguments: [
      (OpenAIError.invalid("m"), 400, nil),
      (.invalid(QueryError(parameter: "a", problem: .repeated)), 400, nil),
      (OpenAIError(Problem.routeNotFound(routes: ["/a"])), 404, nil),
      (OpenAIError(Problem.methodNotAllowed(allow: "GET")), 405, nil),
      (OpenAIError(Problem.contentTooLarge(limit: 1)), 413, nil),
      (.notReady("m", retryAfter: 2), 503, "2"),
      (.overloaded("m", retryAfter: 7), 503, "7"),
    ] as [(OpenAIError, Int, String?)])
  func `each kind of error has its status`(error: OpenAIError, code: Int, retryAfter: String?) {
    #expect(error.response.status.code == code)
    #expect(error.response.fields[.retryAfter] == retryAfter)
  }

  @Test func `an error of the transport or the router has the form of OpenAI's`() {
    let refused = Response.to(.overloaded("m", retryAfter: 3))
    #expect(refused.status == .serviceUnavailable && refused.fields[.retryAfter] == "3")
    #expect(
      string(refused)
        == #"{"error":{"message":"m","type":"service_unavailable","param":null,"code":"overloaded"}}"# + "\n")
    let invalid = Response.to(.invalid("m", parameter: "p", code: "c"))
    #expect(invalid.fields == [.contentType: "application/json", .cacheControl: "no-store"])
    #expect(
      string(invalid)
        == #"{"error":{"message":"m","type":"invalid_request_error","param":"p","code":"c"}}"# + "\n")
    #expect(Response.to(.methodNotAllowed(allow: "GET, HEAD")).fields[.allow] == "GET, HEAD")
  }
}

private func string(_ response: Response) -> String {
  guard case .bytes(let slices) = response.body else { return "" }
  return String(decoding: slices.joined(), as: UTF8.self)
}
