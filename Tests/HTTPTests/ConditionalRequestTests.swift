import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ConditionalRequestTests {
  let current = ETag("abc")

  @Test(arguments: [
    #""abc""#, #"W/"abc""#, #""x", "abc""#, #""x","abc","#, #" , "abc" "#, "*", " * ", #""a,b", "abc""#,
  ])
  func `a client that sends the current tag gets 304`(text: String) {
    #expect(condition([.ifNoneMatch: text]).isFulfilled(by: current))
  }

  @Test(arguments: [
    "", ",", #""x""#, "abc", #""abc"#, #""ABC""#, #""abc"x"#, #"*, "abc""#, #""abc", *"#, #"w/"abc""#, "W/",
    #""abc""y""#,
    #"'abc'"#,
  ])
  func `a client that sends anything else, malformed or not, gets the full answer`(text: String) {
    #expect(!condition([.ifNoneMatch: text]).isFulfilled(by: current))
  }

  @Test func `a request without the field has no condition`() {
    #expect(condition([:]) == .none)
  }

  @Test func `several lines of the field are one list`() {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .ifNoneMatch, value: #""x""#))
    fields.append(HTTPField(name: .ifNoneMatch, value: #"W/"abc""#))
    #expect(condition(fields).isFulfilled(by: current))
  }

  @Test func `a 304 repeats the fields that caches need and nothing of the body`() {
    let response = Response.notModified(repeating: [
      .eTag: current.text, .vary: "Accept", .cacheControl: "no-cache", .contentType: "text/plain",
    ])
    #expect(response.status == .notModified)
    #expect(response.fields == [.eTag: "\"abc\"", .vary: "Accept", .cacheControl: "no-cache"])
  }

  @Test func `a tag is written with its quotes`() {
    #expect(ETag("x").text == #""x""#)
    #expect(ETag("x", isWeak: true).text == #"W/"x""#)
  }

  @Test(arguments: [#""abc""#, #""x", "abc""#, #""abc-gzip""#, "*", #"W/"abc", "abc""#])
  func `If-Match is fulfilled by any tag of the present content`(text: String) {
    #expect(match([.ifMatch: text]).isFulfilled(by: [current, ETag("abc-gzip")]))
  }

  @Test(arguments: [#""x""#, #"W/"abc""#, "abc", #""abc"x"#, "", ",", #"*, "abc""#])
  func `If-Match is not fulfilled by other or weak tags, nor when it is malformed`(text: String) {
    #expect(!match([.ifMatch: text]).isFulfilled(by: [current, ETag("abc-gzip")]))
  }

  @Test func `without If-Match any representation will do, and * needs no tag`() {
    #expect(match([:]) == .none && match([:]).isFulfilled(by: []))
    #expect(match([.ifMatch: "*"]).isFulfilled(by: []) && !match([.ifMatch: #""abc""#]).isFulfilled(by: []))
  }

  private func match(_ fields: HTTPFields) -> RequiredMatch {
    RequiredMatch(Request(method: .get, path: "/", fields: fields))
  }

  private func condition(_ fields: HTTPFields) -> ConditionalRequest {
    ConditionalRequest(Request(method: .get, path: "/", fields: fields))
  }
}
