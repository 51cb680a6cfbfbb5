import Catalog
import GRPC
import HTTP
import HTTPTypes
import Testing
import Wire

@testable import Services

@Suite struct NameLengthTests {
  private static let longest = String(repeating: "n", count: 512)
  private static let long = longest + "n"

  private static func request<Request>(_ request: Request, _ fill: (inout Request) -> Void) -> Request {
    var request = request
    fill(&request)
    return request
  }

  /// A request with one long name, with the name of its field.
  private static let calls: [(path: String, field: String, request: [UInt8])] = [
    ("ModelCatalog/GetModel", "id", GetRequest(id: long).encode()),
    ("ModelCatalog/GetModel", "namespace", GetRequest(namespace: long, id: "a").encode()),
    ("ModelCatalog/ListModels", "namespace", request(ListRequest()) { $0.namespace = long }.encode()),
    (
      "ModelCatalog/DiffModels", "namespace",
      request(DiffRequest()) { ($0.namespace, $0.fromRevision) = (long, 1) }.encode()
    ),
    ("ModelCatalog/ListScaleEvents", "namespace", request(ScaleRequest()) { $0.namespace = long }.encode()),
    ("ModelCatalog/ListScaleEvents", "id", request(ScaleRequest()) { $0.id = long }.encode()),
    ("CatalogAdmin/SetModelLabels", "id", LabelsRequest(id: long).encode()),
    ("CatalogAdmin/SetModelLabels", "namespace", LabelsRequest(namespace: long, id: "a").encode()),
    ("CatalogAdmin/ListEngines", "namespace", request(ListEnginesRequest()) { $0.namespace = long }.encode()),
    ("CatalogAdmin/GetEngine", "id", GetEngineRequest(id: long).encode()),
    ("CatalogAdmin/GetEngine", "namespace", GetEngineRequest(namespace: long, id: "a").encode()),
    ("CatalogAdmin/DeregisterEngine", "engine_id", request(DeregisterRequest()) { $0.engineID = long }.encode()),
    (
      "CatalogAdmin/DeregisterEngine", "namespace",
      request(DeregisterRequest()) { ($0.engineID, $0.namespace) = ("a", long) }.encode()
    ),
    ("CatalogAdmin/RegisterEngine", "id", request(RegisterRequest(url: "http://a:1")) { $0.id = long }.encode()),
    ("CatalogAdmin/RegisterEngine", "kind", request(RegisterRequest(url: "http://a:1")) { $0.kind = long }.encode()),
    (
      "CatalogAdmin/RegisterEngine", "namespace",
      request(RegisterRequest(url: "http://a:1")) { $0.namespace = long }.encode()
    ),
    (
      "CatalogAdmin/RegisterEngine", "cluster",
      request(RegisterRequest(url: "http://a:1")) { $0.cluster = long }.encode()
    ),
  ]

  @Test(arguments: calls.indices)
  func `a name that is too long is INVALID_ARGUMENT with its field and the limit`(index: Int) throws {
    let (path, field, request) = Self.calls[index]
    let status = #expect(throws: Status.self) { try Fixture().call("/rollcall.v1." + path, request) }
    #expect(status?.code == .invalidArgument)
    #expect(status?.message == "\(field): is longer than 512 bytes")
    #expect(status?.info?.metadata["field"] == field)
  }

  @Test func `a watch of a namespace with a long name does not begin`() throws {
    let fixture = try Fixture()
    let stream = try fixture.open("/rollcall.v1.ModelCatalog/WatchModels")
    let status = stream.received(Self.request(WatchRequest()) { $0.namespace = Self.long }.encode()[...])
    #expect(status?.code == .invalidArgument)
    #expect(status?.message == "namespace: is longer than 512 bytes")
    #expect(fixture.environment.slots.running.isEmpty)
  }

  @Test func `a service with a long name is INVALID_ARGUMENT`() throws {
    func check(_ count: Int) -> Status? {
      let request = HealthMessages.encodeCheck(service: String(repeating: "s", count: count))
      return #expect(throws: Status.self) { try Fixture().call("/grpc.health.v1.Health/Check", request) }
    }
    #expect(check(256)?.code == .notFound)
    #expect(check(257)?.code == .invalidArgument)
    #expect(check(30_000)?.message == "service: is longer than 256 bytes")
  }

  @Test(arguments: [
    ReflectionRequest(query: .fileByFilename(String(repeating: "f", count: 1_025))),
    ReflectionRequest(query: .fileContainingSymbol(String(repeating: "s", count: 30_000))),
    ReflectionRequest(query: .fileContainingExtension(type: String(repeating: "t", count: 30_000), number: 1)),
    ReflectionRequest(query: .allExtensionNumbers(type: String(repeating: "t", count: 30_000))),
    ReflectionRequest(query: .listServices(String(repeating: "l", count: 30_000))),
    ReflectionRequest(host: String(repeating: "h", count: 30_000), query: .listServices("")),
  ])
  func `reflection does not repeat long names`(request: ReflectionRequest) throws {
    let stream = try Fixture().open(ReflectionServiceTests.paths[0])
    let status = stream.received(request.encode()[...])
    #expect(status?.code == .invalidArgument)
    #expect(status?.message.hasSuffix("is longer than 1024 bytes") == true)
  }

  @Test func `names up to the limit are looked up`() async throws {
    let fixture = try Fixture()
    try await fixture.serve([Self.longest], namespace: Self.longest)
    let request = GetRequest(namespace: Self.longest, id: Self.longest).encode()
    _ = try fixture.call("/rollcall.v1.ModelCatalog/GetModel", request)
    #expect(fixture.get("/v1/models/\(Self.longest)?namespace=\(Self.longest)").status == .ok)
    #expect(fixture.get("/v1/models?namespace=\(Self.longest)&after=\(Self.longest)").status == .ok)
    let other = String(repeating: "o", count: 512)
    #expect(fixture.get("/v1/models/\(other)").status == .notFound)
  }

  @Test(arguments: [
    ("/v1/models/\(long)", "model"), ("/v1/models/a?namespace=\(long)", "namespace"),
    ("/v1/models?namespace=\(long)", "namespace"), ("/v1/models?watch=true&namespace=\(long)", "namespace"),
    ("/v1/models?after=\(long)", "after"), ("/v1/models?after_id=\(long)", "after_id"),
    ("/v1/models?before_id=\(long)", "before_id"), ("/v1/models:diff?from_revision=1&namespace=\(long)", "namespace"),
    ("/http_sd?namespace=\(long)", "namespace"),
  ])
  func `REST has 400 for a name that is too long`(target: String, parameter: String) throws {
    let response = try Fixture().get(target)
    #expect(response.status == .badRequest)
    let found = text(response)
    #expect(found.contains("'\(parameter)' is longer than 512 bytes."))
    #expect(found.contains(#""param":"\#(parameter)""#) && !found.contains("nnnn"))
  }

  @Test func `an error of REST repeats a long input in part`() throws {
    let name = String(repeating: "x", count: 10_000)
    let response = try Fixture().get("/v1/models?\(name)=1&\(name)=%zz")
    #expect(response.status == .badRequest)
    #expect(text(response).utf8.count < 1_500)
    #expect(OpenAIError.invalid(name, param: name).response.fields.count > 0)
  }
}
