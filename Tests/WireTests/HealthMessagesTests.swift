import CMessages
import Messages
import Testing
import Wire

@Suite struct HealthMessagesTests {
  @Test(arguments: ["", "rollcall.v1.ModelCatalog"])
  func `a health request names a service`(_ service: String) throws {
    #expect(try HealthMessages.decodeCheck(HealthMessages.encodeCheck(service: service)[...]) == service)
  }

  @Test(arguments: ServingStatus.allCases)
  func `a health response has a status`(_ status: ServingStatus) throws {
    let bytes = HealthMessages.encodeResponse(status)
    #expect(bytes == (status == .unknown ? [] : [0x08, UInt8(status.rawValue)]))
    #expect(try HealthMessages.decodeResponse(bytes[...]) == status)
    #expect(throws: MalformedMessage.self) { try HealthMessages.decodeResponse([0x08, 9]) }
  }

  @Test func `a health list has every service`() throws {
    let bytes = HealthMessages.encodeList([("", .serving), ("a.B", .notServing)])
    let statuses = try withDecoded(bytes[...], as: Grpc__Health__V1__HealthListResponse.self) { response in
      response.messages({ ($0.statuses, $0.n_statuses) }) { entry in
        [entry.string { $0.key }, String(entry.message({ $0.value }) { $0.fields.status.rawValue } ?? 99)]
      }
    }
    #expect(statuses == [["", "1"], ["a.B", "2"]])
    #expect(throws: MalformedMessage.self) { try HealthMessages.decodeList([0x0A]) }
    #expect(throws: Never.self) { try HealthMessages.decodeList([]) }
  }
}
