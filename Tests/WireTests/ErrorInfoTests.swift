import CMessages
import GRPC
import Messages
import Testing
import Wire

@Suite struct ErrorInfoTests {
  @Test func `the error info of a status is decoded as it was encoded`() {
    let metadata = ["page_token": String(repeating: "x", count: 3_000), "": "", "é": "😀"]
    let status = Status(.outOfRange, "m", reason: "PAGE_TOKEN_EXPIRED", metadata: metadata)
    #expect(status.info == ErrorInfo(reason: "PAGE_TOKEN_EXPIRED", metadata: metadata))
  }

  @Test func `the error info of a status names the wrong field, and more about it`() {
    let status = Status.invalidArgument(
      field: "filter", "at character 3: no", metadata: ["position": "3", "field": "x"])
    #expect(status.info?.metadata == ["field": "filter", "position": "3"])
    #expect(status.message == "filter: at character 3: no")
  }

  @Test(
    arguments: [[], [0xFF], other(domain: "elsewhere"), other(url: "type.googleapis.com/google.rpc.Help")])
  func `a status without details of Rollcall has no error info`(_ details: [UInt8]) {
    #expect(Status(.internal, "m", details: details).info == nil)
  }

  private static func other(
    url: String = "type.googleapis.com/google.rpc.ErrorInfo", domain: String = "rollcall"
  ) -> [UInt8] {
    let info = pack(Google__Rpc__ErrorInfo.self) { draft in
      draft.fields.domain = draft.text(domain)
    }
    return pack(Google__Rpc__Status.self) { draft in
      draft.fields.n_details = 1
      draft.fields.details = draft.messages([info], as: Google__Protobuf__Any.self) { draft, value in
        draft.fields.type_url = draft.text(url)
        draft.fields.value = draft.bytes(value)
      }
    }
  }
}
