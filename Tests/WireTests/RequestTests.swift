import CMessages
import Messages
import Testing
import Wire

@Suite struct RequestTests {
  @Test func `a request for a list is decoded as it was encoded`() throws {
    var request = ListRequest()
    request.namespace = "team-a"
    request.pageSize = -1
    request.pageToken = "token"
    request.filter = "state = READY"
    request.orderBy = "id desc"
    request.view = .full
    request.atRevision = .max
    request.ifNoneMatch = "etag"
    #expect(try ListRequest.decode(request.encode()[...]) == request)
    #expect(try ListRequest.decode([]) == ListRequest())
  }

  @Test func `a request for a model is decoded as it was encoded`() throws {
    let request = GetRequest(namespace: "ns", id: "meta-llama/Llama-3.1-8B", view: .full, atRevision: 3)
    #expect(try GetRequest.decode(request.encode()[...]) == request)
    #expect(try GetRequest.decode([]) == GetRequest(id: ""))
  }

  @Test(arguments: [nil, .zero, .seconds(5), .milliseconds(1_500)] as [Duration?])
  func `a request for a watch is decoded as it was encoded`(_ interval: Duration?) throws {
    var request = WatchRequest()
    request.namespace = "ns"
    request.filter = "f"
    request.view = .full
    request.startRevision = 5
    request.readingsInterval = interval
    #expect(try WatchRequest.decode(request.encode()[...]) == request)
  }

  @Test(arguments: [0, 1])
  func `a request without a view asks for the basic one`(_ number: UInt32) throws {
    let bytes = pack(Rollcall__V1__GetModelRequest.self) { $0.fields.view = Rollcall__V1__ModelView(number) }
    #expect(try GetRequest.decode(bytes[...]).view == .basic)
  }

  @Test(arguments: [3, UInt32.max])
  func `a request for an unknown view is refused with the field's name`(_ number: UInt32) {
    let get = pack(Rollcall__V1__GetModelRequest.self) { $0.fields.view = Rollcall__V1__ModelView(number) }
    let list = pack(Rollcall__V1__ListModelsRequest.self) { $0.fields.view = Rollcall__V1__ModelView(number) }
    let watch = pack(Rollcall__V1__WatchModelsRequest.self) { $0.fields.view = Rollcall__V1__ModelView(number) }
    let expected = MalformedMessage(.value, "there is no view \(number)", field: "view")
    #expect(throws: expected) { try GetRequest.decode(get[...]) }
    #expect(throws: expected) { try ListRequest.decode(list[...]) }
    #expect(throws: expected) { try WatchRequest.decode(watch[...]) }
  }

  @Test func `a request is read from the middle of a buffer`() throws {
    let request = GetRequest(id: "m")
    let buffer = [1, 2, 3] + request.encode() + [4, 5]
    #expect(try GetRequest.decode(buffer[3..<buffer.count - 2]) == request)
  }
}
