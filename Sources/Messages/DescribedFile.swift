import CMessages

/// The parts of a `google.protobuf.FileDescriptorProto` that Rollcall uses.
struct DescribedFile: Sendable {
  let name: String
  let imports: [String]
  let services: [ServiceDescription]
  /// Full names of all messages, including nested messages.
  let messages: Set<String>
  /// Full names of all named elements, including messages.
  let symbols: [String]
  /// The packed descriptor.
  let bytes: [UInt8]

  init(_ file: borrowing MessageView<Google__Protobuf__FileDescriptorProto>) {
    let package = file.string { $0.package }
    name = file.string { $0.name }
    imports = file.strings { ($0.dependency, $0.n_dependency) }
    services = file.messages({ ($0.service, $0.n_service) }) { service in
      describe(service, package)
    }
    bytes = file.packed()
    var names = SymbolNames()
    _ = file.messages({ ($0.message_type, $0.n_message_type) }) { names.append($0, in: package) }
    _ = file.messages({ ($0.enum_type, $0.n_enum_type) }) { names.append($0, in: package) }
    messages = names.messages
    symbols =
      names.symbols
      + services.flatMap { service in [service.name] + service.methods.map { "\(service.name).\($0.name)" } }
  }
}

private func describe(
  _ service: borrowing MessageView<Google__Protobuf__ServiceDescriptorProto>, _ package: String
) -> ServiceDescription {
  let name = joined(package, service.string { $0.name })
  let methods = service.messages({ ($0.method, $0.n_method) }) { method in
    let methodName = method.string { $0.name }
    return MethodDescription(
      name: methodName, path: "/\(name)/\(methodName)", clientStreaming: method.fields.client_streaming != 0,
      serverStreaming: method.fields.server_streaming != 0)
  }
  return ServiceDescription(name: name, methods: methods)
}

/// Collects the full names that messages and enums define.
private struct SymbolNames {
  var messages = Set<String>()
  var symbols: [String] = []

  mutating func append(
    _ message: borrowing MessageView<Google__Protobuf__DescriptorProto>, in scope: String
  ) {
    let name = joined(scope, message.string { $0.name })
    messages.insert(name)
    symbols.append(name)
    symbols += message.messages({ ($0.field, $0.n_field) }) { joined(name, $0.string { $0.name }) }
    symbols += message.messages({ ($0.oneof_decl, $0.n_oneof_decl) }) { joined(name, $0.string { $0.name }) }
    _ = message.messages({ ($0.nested_type, $0.n_nested_type) }) { append($0, in: name) }
    _ = message.messages({ ($0.enum_type, $0.n_enum_type) }) { append($0, in: name) }
  }

  /// An enum value's full name is in the scope of its enum, not below the enum's own name.
  mutating func append(
    _ enumeration: borrowing MessageView<Google__Protobuf__EnumDescriptorProto>, in scope: String
  ) {
    symbols.append(joined(scope, enumeration.string { $0.name }))
    symbols += enumeration.messages({ ($0.value, $0.n_value) }) { joined(scope, $0.string { $0.name }) }
  }
}

private func joined(_ scope: String, _ name: String) -> String {
  scope.isEmpty ? name : "\(scope).\(name)"
}
