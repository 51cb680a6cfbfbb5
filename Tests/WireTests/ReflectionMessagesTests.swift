import CMessages
import GRPC
import Messages
import Testing
import Wire

@Suite struct ReflectionMessagesTests {
  static let queries: [ReflectionRequest.Query?] = [
    nil, .fileByFilename("a.proto"), .fileContainingSymbol("a.B"), .fileContainingExtension(type: "a.B", number: -7),
    .allExtensionNumbers(type: "a.B"), .listServices(""), .listServices("*"),
  ]

  @Test(arguments: queries)
  func `a reflection request is decoded as it was encoded`(_ query: ReflectionRequest.Query?) throws {
    let request = ReflectionRequest(host: "localhost", query: query)
    #expect(try ReflectionRequest.decode(request.encode()[...]) == request)
  }

  @Test(arguments: queries)
  func `a reflection response repeats its request`(_ query: ReflectionRequest.Query?) throws {
    let request = ReflectionRequest(host: "h", query: query)
    let bytes = ReflectionResponse.failure(.notFound, "none").encode(to: request)
    let (host, original) = try withDecoded(bytes[...], as: Grpc__Reflection__V1__ServerReflectionResponse.self) {
      ($0.string { $0.valid_host }, $0.message({ $0.original_request }) { $0.packed() })
    }
    #expect(host == "h")
    #expect(original == request.encode())
  }

  private func answer<R>(
    _ response: ReflectionResponse,
    _ read: (borrowing MessageView<Grpc__Reflection__V1__ServerReflectionResponse>) -> R
  ) throws -> R {
    let bytes = response.encode(to: ReflectionRequest(query: .listServices("")))
    return try withDecoded(bytes[...], as: Grpc__Reflection__V1__ServerReflectionResponse.self) { read($0) }
  }

  @Test func `a reflection response has files`() throws {
    let packed = try answer(.files([[1, 2], []])) { response in
      response.message({ $0.file_descriptor_response }) { $0.packed() }
    }
    #expect(packed == [0x0A, 2, 1, 2, 0x0A, 0])
  }

  @Test func `a reflection response has services`() throws {
    let names = try answer(.services(["a.B", "c.D"])) { response in
      response.message({ $0.list_services_response }) { list in
        list.messages({ ($0.service, $0.n_service) }) { $0.string { $0.name } }
      }
    }
    #expect(names == ["a.B", "c.D"])
  }

  @Test func `a reflection response has extension numbers`() throws {
    let packed = try answer(.extensionNumbers(type: "a.B", [1, 300])) { response in
      response.message({ $0.all_extension_numbers_response }) { $0.packed() }
    }
    #expect(packed == [0x0A, 3, 0x61, 0x2E, 0x42, 0x12, 3, 1, 0xAC, 0x02])
  }

  @Test func `a reflection response has an error`() throws {
    let failure = try answer(.failure(.notFound, "none")) { response in
      response.message({ $0.error_response }) { [String($0.fields.error_code), $0.string { $0.error_message }] }
    }
    #expect(failure == ["5", "none"])
  }
}
