import Messages
import Testing

@Suite("The embedded descriptor set")
struct DescriptorSetTests {
  let set = DescriptorSet.embedded

  @Test
  func `the descriptor set names every service that is served, and no other`() {
    #expect(set.serviceNames == ServiceDescription.all.map(\.name).sorted())
    #expect(
      set.serviceNames == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "rollcall.v1.CatalogAdmin", "rollcall.v1.ModelCatalog",
      ])
  }

  @Test
  func `the descriptor set shows which methods stream`() {
    let methods = ServiceDescription.all.flatMap(\.methods)
    #expect(
      methods.filter(\.serverStreaming).map(\.path) == [
        "/rollcall.v1.ModelCatalog/WatchModels", "/rollcall.v1.CatalogAdmin/KeepAliveEngine",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      ])
    #expect(
      Set(methods.filter(\.clientStreaming).map(\.name)) == ["KeepAliveEngine", "ServerReflectionInfo"])
    #expect(
      ServiceDescription.modelCatalog.methods.map(\.name) == [
        "ListModels", "GetModel", "WatchModels", "DiffModels", "ListScaleEvents",
      ])
    #expect(
      ServiceDescription.catalogAdmin.methods.map(\.name) == [
        "SetModelLabels", "RegisterEngine", "KeepAliveEngine", "DeregisterEngine", "ListEngines", "GetEngine",
      ])
    #expect(ServiceDescription.health.methods.map(\.name) == ["Check", "List", "Watch"])
  }

  @Test(arguments: [
    "rollcall.v1.ModelCatalog", "rollcall.v1.ModelCatalog.ListModels", "rollcall.v1.Model",
    "rollcall.v1.Model.LabelsEntry", "rollcall.v1.Model.LabelsEntry.key", "rollcall.v1.Model.id",
    "rollcall.v1.ModelState", "rollcall.v1.READY",
  ])
  func `the descriptor set finds the file of every kind of symbol`(_ symbol: String) throws {
    #expect(set.fileName(containingSymbol: symbol) == "rollcall/v1/catalog.proto")
    let file = try #require(set.file(named: "rollcall/v1/catalog.proto"))
    #expect(set.file(containingSymbol: symbol) == file)
  }

  @Test(arguments: ["", "rollcall.v1", ".rollcall.v1.Model", "rollcall.v1.ModelCatalog/ListModels", "ModelCatalog"])
  func `the descriptor set does not find an unknown name`(_ symbol: String) {
    #expect(set.file(containingSymbol: symbol) == nil)
    #expect(set.file(named: symbol) == nil)
    #expect(set.dependencies(of: symbol) == nil)
  }

  @Test
  func `the descriptor set knows oneofs, nested enums and their values`() {
    #expect(
      set.fileName(containingSymbol: "grpc.reflection.v1.ServerReflectionRequest.message_request")
        == "grpc/reflection/v1/reflection.proto")
    #expect(
      set.fileName(containingSymbol: "grpc.health.v1.HealthCheckResponse.ServingStatus")
        == "grpc/health/v1/health.proto")
    #expect(
      set.fileName(containingSymbol: "grpc.health.v1.HealthCheckResponse.SERVING") == "grpc/health/v1/health.proto")
    #expect(set.hasMessage("rollcall.v1.Model"))
    #expect(!set.hasMessage("rollcall.v1.Model.id"))
  }

  @Test
  func `the descriptor set gives a file with all of its imports, itself first, each once`() throws {
    let files = try #require(set.dependencies(of: "rollcall/v1/catalog.proto"))
    let expected = [
      "rollcall/v1/catalog.proto", "google/protobuf/duration.proto", "google/protobuf/timestamp.proto",
      "google/protobuf/wrappers.proto",
    ]
    #expect(files == expected.compactMap { set.file(named: $0) })
    #expect(files.count == expected.count)
  }

  @Test
  func `the descriptor set does not show the records of the storage`() {
    #expect(set.file(named: "rollcall/storage/v1/records.proto") == nil)
    #expect(set.file(containingSymbol: "rollcall.storage.v1.EngineRecord") == nil)
  }
}
