import CMessages
package import GRPC
import Messages

/// What a `ServerReflectionResponse` of grpc.reflection.v1 and v1alpha answers.
package enum ReflectionResponse: Hashable, Sendable {
  /// Packed `FileDescriptorProto`s, the file asked for first.
  case files([[UInt8]])
  case extensionNumbers(type: String, [Int32])
  /// Full names.
  case services([String])
  case failure(Status.Code, String)

  /// The packed response to `request`, which it repeats.
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
