import CMessages
import Messages
import Testing

@Suite("The generated code")
struct GeneratedTests {
  @Test
  func `the generated code holds the files of the descriptor set byte for byte`() throws {
    let names = try #require(DescriptorSet.embedded.dependencies(of: "rollcall/v1/catalog.proto")).map { file in
      try withDecoded(file[...], as: Google__Protobuf__FileDescriptorProto.self, limits: .stored) {
        $0.string { $0.name }
      }
    }
    #expect(names.contains("google/protobuf/timestamp.proto"))
    // Every file again, in the order of the set, is the set again.
    let set = unsafe Array(
      UnsafeBufferPointer(start: rollcall_descriptor_set(), count: Int(rollcall_descriptor_set_size)))
    let repacked = try withDecoded(set[...], as: Google__Protobuf__FileDescriptorSet.self, limits: .stored) { message in
      message.messages({ ($0.file, $0.n_file) }) { WireBuilder().string(1, $0.packed()).bytes }.flatMap(\.self)
    }
    #expect(repacked == set)
  }

  @Test
  func `the generated code has the same messages for reflection v1 and v1alpha`() {
    let v1 = unsafe fields(of: grpc__reflection__v1__server_reflection_request__descriptor)
    let alpha = unsafe fields(of: grpc__reflection__v1alpha__server_reflection_request__descriptor)
    #expect(v1 == alpha)
    #expect(v1.count == 8)
    let v1Response = unsafe fields(of: grpc__reflection__v1__server_reflection_response__descriptor)
    let alphaResponse = unsafe fields(of: grpc__reflection__v1alpha__server_reflection_response__descriptor)
    #expect(v1Response == alphaResponse)
    #expect(v1Response.count == 6 + 8 + 1 + 2 + 2 + 2)
  }
}

/// Name, number, label and type of every field, those of sub-messages after it.
private func fields(of message: ProtobufCMessageDescriptor) -> [String] {
  let fields = unsafe UnsafeBufferPointer(start: message.fields, count: Int(message.n_fields))
  return unsafe fields.flatMap { field in
    let type = unsafe field.type
    let line = unsafe "\(String(cString: field.name)) \(field.id) \(field.label.rawValue) \(type.rawValue)"
    guard type == PROTOBUF_C_TYPE_MESSAGE else { return [line] }
    let inner = unsafe field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self).pointee
    return unsafe [line] + MessagesTests.fields(of: inner)
  }
}
