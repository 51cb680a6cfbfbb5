/// A gRPC service as its protobuf-c descriptor and the embedded descriptor set describe it.
package struct ServiceDescription: Hashable, Sendable {
  /// The full name with its package: `rollcall.v1.ModelCatalog`.
  package var name: String
  /// The methods in the order of the proto file.
  package var methods: [MethodDescription]

  package init(name: String, methods: [MethodDescription]) {
    self.name = name
    self.methods = methods
  }
}

/// One method of a service.
package struct MethodDescription: Hashable, Sendable {
  /// The name without the service: `ListModels`.
  package var name: String
  /// The value of `:path`: `/rollcall.v1.ModelCatalog/ListModels`.
  package var path: String
  package var clientStreaming: Bool
  package var serverStreaming: Bool

  package init(name: String, path: String, clientStreaming: Bool, serverStreaming: Bool) {
    self.name = name
    self.path = path
    self.clientStreaming = clientStreaming
    self.serverStreaming = serverStreaming
  }
}
