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
    let refused = Response.to(.overloaded("m", retryAfter: 3), nil)
    #expect(refused.status == .serviceUnavailable && refused.fields[.retryAfter] == "3")
    #expect(
      string(refused)
        == #"{"error":{"message":"m","type":"service_unavailable","param":null,"code":"overloaded"}}"# + "\n")
    let request = Request(method: .get, path: "/v1/models", fields: [.init("anthropic-version")!: "2023-06-01"])
    let invalid = Response.to(.invalid("m", parameter: "p", code: "c"), request)
    #expect(invalid.fields == [.contentType: "application/json", .cacheControl: "no-store"])
    #expect(
      string(invalid)
        == #"{"error":{"message":"m","type":"invalid_request_error","param":"p","code":"c"}}"# + "\n")
    #expect(Response.to(.methodNotAllowed(allow: "GET, HEAD"), nil).fields[.allow] == "GET, HEAD")
  }

  @Test(arguments: ["/api/tags", "/api/v0/models", "/api/"])
  func `an error under api is a text`(path: String) {
    let refused = Response.to(.overloaded("m", retryAfter: 3), Request(method: .get, path: path))
    #expect(refused.status == .serviceUnavailable && refused.fields[.retryAfter] == "3")
    #expect(string(refused) == #"{"error":"m"}"# + "\n")
    #expect(Response.to(.methodNotAllowed(allow: "POST"), Request(method: .get, path: path)).fields[.allow] == "POST")
  }
}

private func string(_ response: Response) -> String {
  guard case .bytes(let slices) = response.body else { return "" }
  return String(decoding: slices.joined(), as: UTF8.self)
}
