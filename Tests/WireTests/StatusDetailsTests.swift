import CMessages
import Catalog
import GRPC
import Messages
import Testing
import Wire

@Suite struct StatusDetailsTests {
  private struct Parsed {
    var code: Int32
    var message: String
    var details: [(url: String, value: [UInt8])]
  }

  private func parse(_ status: Status) throws -> Parsed {
    try withDecoded(status.details[...], as: Google__Rpc__Status.self) { message in
      Parsed(
        code: message.fields.code, message: message.string { $0.message },
        details: message.messages({ ($0.details, $0.n_details) }) { detail in
          (url: detail.string { $0.type_url }, value: detail.bytes { $0.value })
        })
    }
  }

  @Test func `a status with details repeats its code and message, and has a reason`() throws {
    let status = Status.modelNotFound(ModelKey(namespace: "ns", id: "ü"))
    let parsed = try parse(status)
    #expect(status.code == .notFound)
    #expect(parsed.code == 5)
    #expect(parsed.message == status.message)
    #expect(parsed.details.map(\.url) == ["type.googleapis.com/google.rpc.ErrorInfo"])
    try withDecoded(parsed.details[0].value[...], as: Google__Rpc__ErrorInfo.self) { info in
      #expect(info.string { $0.reason } == "MODEL_NOT_FOUND")
      #expect(info.string { $0.domain } == "rollcall")
      let metadata = info.messages({ ($0.metadata, $0.n_metadata) }) { [$0.string { $0.key }, $0.string { $0.value }] }
      #expect(metadata == [["id", "ü"], ["namespace", "ns"]])
    }
  }

  @Test func `values that repeat a request are cut, and a page token never is`() throws {
    let long = String(repeating: "\u{e9}", count: 50_000)
    let token = String(repeating: "t", count: 2_261)
    for status in [
      Status.modelNotFound(ModelKey(namespace: long, id: long)), .invalidArgument(field: "filter", long),
      Status(.outOfRange, "again", reason: "PAGE_TOKEN_EXPIRED", metadata: ["page_token": token, "revision": "7"]),
    ] {
      #expect(status.details.count <= Status.detailsLimit)
      let info = try #require(status.info)
      for (key, value) in info.metadata where key != "page_token" { #expect(value.utf8.count <= 256) }
      if let kept = info.metadata["page_token"] { #expect(kept == token) }
    }
  }

  @Test func `a status with details names the field of a bad request`() throws {
    let status = Status.invalidArgument(field: "filter", "is not served yet")
    let parsed = try parse(status)
    #expect(status.code == .invalidArgument)
    #expect(status.message == "filter: is not served yet")
    #expect(parsed.details.count == 2)
    #expect(parsed.details[1].url == "type.googleapis.com/google.rpc.BadRequest")
    try withDecoded(parsed.details[1].value[...], as: Google__Rpc__BadRequest.self) { request in
      let violations = request.messages({ ($0.field_violations, $0.n_field_violations) }) {
        [$0.string { $0.field }, $0.string { $0.description }]
      }
      #expect(violations == [["filter", "is not served yet"]])
    }
  }

  @Test(
    arguments: [
      (MalformedMessage(.malformed, "truncated", offset: 3, field: "id"), Status.Code.internal),
      (MalformedMessage(.limit, "too many fields"), .resourceExhausted),
      (MalformedMessage(.value, "there is no view 3", field: "view"), .invalidArgument),
    ])
  func `a status with details follows from any malformed request`(_ error: MalformedMessage, _ code: Status.Code) throws
  {
    let status = Status(error)
    #expect(status.code == code)
    #expect(status.message.contains(error.text))
    #expect(try parse(status).code == Int32(code.rawValue))
  }
}
