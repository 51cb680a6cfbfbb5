import CMessages
package import GRPC
package import Messages

/// `ServerReflectionRequest` of grpc.reflection.v1 and v1alpha, which are the same on the wire.
package struct ReflectionRequest: Hashable, Sendable {
  package var host: String
  /// The question of the request; nil when it is unknown.
  package var query: Query?

  package init(host: String = "", query: Query?) {
    self.host = host
    self.query = query
  }

  package enum Query: Hashable, Sendable {
    case fileByFilename(String)
    case fileContainingSymbol(String)
    case fileContainingExtension(type: String, number: Int32)
    case allExtensionNumbers(type: String)
    /// The client asks for all services; the text has no meaning.
    case listServices(String)
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ReflectionRequest {
    try withDecoded(bytes, as: Grpc__Reflection__V1__ServerReflectionRequest.self) { message in
      ReflectionRequest(host: message.string { $0.host }, query: Query(message))
    }
  }

  package func encode() -> [UInt8] {
    pack(Grpc__Reflection__V1__ServerReflectionRequest.self, fill)
  }
}

extension ReflectionRequest {
  func fill(_ draft: borrowing MessageDraft<Grpc__Reflection__V1__ServerReflectionRequest>) {
    draft.fields.host = draft.text(host)
    switch query {
    case nil:
      break
    case .fileByFilename(let name):
      draft.fields.message_request_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
      draft.fields.file_by_filename = draft.text(name)
    case .fileContainingSymbol(let symbol):
      draft.fields.message_request_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
      draft.fields.file_containing_symbol = draft.text(symbol)
    case .fileContainingExtension(let type, let number):
      draft.fields.message_request_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION
      draft.fields.file_containing_extension = draft.message { draft in
        draft.fields.containing_type = draft.text(type)
        draft.fields.extension_number = number
      }
    case .allExtensionNumbers(let type):
      draft.fields.message_request_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE
      draft.fields.all_extension_numbers_of_type = draft.text(type)
    case .listServices(let text):
      draft.fields.message_request_case = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
      draft.fields.list_services = draft.text(text)
    }
  }
}

extension ReflectionRequest.Query {
  fileprivate init?(_ message: borrowing MessageView<Grpc__Reflection__V1__ServerReflectionRequest>) {
    switch message.fields.message_request_case {
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
      self = .fileByFilename(message.string { $0.file_by_filename })
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
      self = .fileContainingSymbol(message.string { $0.file_containing_symbol })
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
      let query = message.message({ $0.file_containing_extension }) { query in
        Self.fileContainingExtension(type: query.string { $0.containing_type }, number: query.fields.extension_number)
      }
      guard let query else { return nil }
      self = query
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
      self = .allExtensionNumbers(type: message.string { $0.all_extension_numbers_of_type })
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
      self = .listServices(message.string { $0.list_services })
    default:
      return nil
    }
  }
}

/// The answer of a `ServerReflectionResponse` of grpc.reflection.v1 and v1alpha.
package enum ReflectionResponse: Hashable, Sendable {
  /// Packed `FileDescriptorProto`s; the file that the client asked for comes first.
  case files([[UInt8]])
  case extensionNumbers(type: String, [Int32])
  /// The full names of the services.
  case services([String])
  case failure(Status.Code, String)

  /// The packed response to `request`; the response repeats the request.
  package func encode(to request: ReflectionRequest) -> [UInt8] {
    pack(Grpc__Reflection__V1__ServerReflectionResponse.self) { draft in
      draft.fields.valid_host = draft.text(request.host)
      draft.fields.original_request = draft.message { request.fill($0) }
      fill(draft)
    }
  }

  private func fill(_ draft: borrowing MessageDraft<Grpc__Reflection__V1__ServerReflectionResponse>) {
    switch self {
    case .files(let files):
      draft.fields.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
      draft.fields.file_descriptor_response = draft.message { draft in
        draft.fields.n_file_descriptor_proto = files.count
        draft.fields.file_descriptor_proto = draft.byteStrings(files)
      }
    case .extensionNumbers(let type, let numbers):
      draft.fields.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE
      draft.fields.all_extension_numbers_response = draft.message { draft in
        draft.fields.base_type_name = draft.text(type)
        draft.fields.n_extension_number = numbers.count
        draft.fields.extension_number = draft.values(numbers)
      }
    case .services(let names):
      draft.fields.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
      draft.fields.list_services_response = draft.message { draft in
        draft.fields.n_service = names.count
        draft.fields.service = draft.messages(names) { $0.fields.name = $0.text($1) }
      }
    case .failure(let code, let message):
      draft.fields.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
      draft.fields.error_response = draft.message { draft in
        draft.fields.error_code = Int32(code.rawValue)
        draft.fields.error_message = draft.text(message)
      }
    }
  }
}
