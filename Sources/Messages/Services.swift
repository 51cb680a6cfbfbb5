import CMessages

/// The gRPC services of the server, as protobuf-c's generated descriptors list them. Only the embedded descriptor set
/// states which methods stream.
extension ServiceDescription {
  package static let modelCatalog = unsafe ServiceDescription(rollcall__v1__model_catalog__descriptor)
  package static let catalogAdmin = unsafe ServiceDescription(rollcall__v1__catalog_admin__descriptor)
  package static let health = unsafe ServiceDescription(grpc__health__v1__health__descriptor)
  package static let reflection = unsafe ServiceDescription(grpc__reflection__v1__server_reflection__descriptor)
  package static let reflectionAlpha = unsafe ServiceDescription(
    grpc__reflection__v1alpha__server_reflection__descriptor)

  package static let all = [modelCatalog, catalogAdmin, health, reflection, reflectionAlpha]

  /// Both descriptions come from the same proto file, so a difference means that a generated file is stale.
  private init(_ descriptor: ProtobufCServiceDescriptor) {
    let name = unsafe String(cString: descriptor.name)
    let methods = unsafe UnsafeBufferPointer(start: descriptor.methods, count: Int(descriptor.n_methods)).map {
      unsafe String(cString: $0.name)
    }
    guard let described = DescriptorSet.embedded.service(named: name), described.methods.map(\.name) == methods else {
      preconditionFailure("\(name) is another one in the descriptor set; run scripts/generate")
    }
    self = described
  }
}

extension DescriptorSet {
  package func service(named name: String) -> ServiceDescription? {
    for file in files {
      if let service = file.services.first(where: { $0.name == name }) { return service }
    }
    return nil
  }
}
