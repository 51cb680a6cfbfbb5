import CMessages
import Catalog
import GRPC
import Messages
import Testing
import Wire

@Suite struct CatalogClientTests {
  @Test func `the catalog's client gets one model`() async throws {
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.ModelCatalog/GetModel")
        let request = try GetRequest.decode(request[...])
        #expect(request == GetRequest(namespace: "ns", id: "m", view: .full))
        return [FullEncoder().encode(Samples.full) { _ in nil }]
      })
    #expect(try await client.get(namespace: "ns", id: "m", view: .full).model == Samples.full)
  }

  @Test func `the catalog's client reads the past`() async throws {
    let client = CatalogClient(
      FakeTransport { path, request in
        let request = try GetRequest.decode(request[...])
        #expect(request.atRevision == 7)
        return [FullEncoder().encode(Samples.full) { _ in nil }]
      })
    #expect(try await client.get(id: "m", atRevision: 7).model == Samples.full)
  }

  @Test func `the catalog's client compares two moments, to the last page`() async throws {
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.ModelCatalog/DiffModels")
        let request = try DiffRequest.decode(request[...])
        #expect(request.fromRevision == 7)
        #expect(request.pageSize == 10_000)
        let isFirst = request.pageToken.isEmpty
        let difference =
          isFirst
          ? ModelDifference(key: Samples.bare.key, before: nil, after: Samples.bare)
          : ModelDifference(key: Samples.full.key, before: Samples.full, after: nil)
        let element = Difference.encodeElement(try #require(difference), view: .basic)
        let mark = RevisionMark(revision: 7, time: Timestamp(microseconds: 5))
        return [element + DiffTail.encode(nextPageToken: isFirst ? "next" : "", totalSize: 2, from: mark, to: mark)]
      })
    var request = DiffRequest()
    request.fromRevision = 7
    let page = try await client.diffAll(request)
    #expect(page.differences.map(\.kind) == [.added, .removed])
    #expect(page.differences.map(\.key) == [Samples.bare.key, Samples.full.key])
    #expect(page.nextPageToken.isEmpty)
    #expect(page.from == RevisionMark(revision: 7, time: Timestamp(microseconds: 5)))
  }

  @Test func `the admin client declares labels`() async throws {
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.CatalogAdmin/SetModelLabels")
        let request = try LabelsRequest.decode(request[...])
        #expect(request == LabelsRequest(namespace: "ns", id: "m", labels: ["a": "1"], etag: "e"))
        return [FullEncoder().encode(Samples.bare) { _ in nil }]
      })
    let sent = LabelsRequest(namespace: "ns", id: "m", labels: ["a": "1"], etag: "e")
    #expect(try await client.admin.setLabels(sent).model == Samples.bare)
  }

  @Test func `the catalog's client reports an answer that does not parse as INTERNAL`() async {
    let client = CatalogClient(FakeTransport { _, _ in [[0xFF]] })
    let error = await #expect(throws: Status.self) { try await client.get(id: "m") }
    #expect(error?.code == .internal)
  }

  @Test func `the catalog's client passes on the status that the server ends with`() async {
    let client = CatalogClient(FakeTransport { _, _ in throw Status(.unavailable, "starting") })
    await #expect(throws: Status(.unavailable, "starting")) { try await client.get(id: "m") }
  }

  @Test func `the catalog's client watches, and skips events of an unknown type`() async throws {
    let watched = request {
      $0.namespace = "ns"
      $0.filter = "state = READY"
      $0.startRevision = 6
    }
    let client = CatalogClient(
      FakeTransport { path, request in
        #expect(path == "/rollcall.v1.ModelCatalog/WatchModels")
        let request = try WatchRequest.decode(request[...])
        #expect(request == watched)
        let readings = pack(Rollcall__V1__WatchModelsResponse.self) {
          $0.fields.type = Rollcall__V1__WatchEventType(7)
        }
        let encoder = WireModelEncoder()
        let added = encoder.encode(.added, encoder.encode(Samples.bare), key: Samples.bare.key, revision: 0)
        let removed = encoder.encode(.removed, nil, key: Samples.bare.key, revision: 7)
        return [Array(added.framed[5...]), readings, Array(removed.framed[5...])]
      })
    let stream = try await client.watch(watched)
    let added = try await stream.next()
    #expect(added?.kind == .added)
    #expect(added?.model?.model == Samples.bare)
    let removed = try await stream.next()
    #expect(removed?.kind == .removed)
    #expect(removed?.key == Samples.bare.key)
    #expect(removed?.revision == 7)
    #expect(try await stream.next() == nil)
  }

  @Test func `the catalog's client stops when it is cancelled`() async throws {
    let client = CatalogClient(
      FakeTransport { _, _ in
        [Array(WireModelEncoder().encode(.synced, nil, key: nil, revision: 1).framed[5...])]
      })
    let stream = try await client.watch(WatchRequest())
    stream.cancel()
    #expect(try await stream.next() == nil)
  }

  @Test func `the health client asks about a service`() async throws {
    let client = HealthClient(
      FakeTransport { path, request in
        #expect(path == "/grpc.health.v1.Health/Check")
        let service = try HealthMessages.decodeCheck(request[...])
        #expect(service == "a.B")
        return [HealthMessages.encodeResponse(.notServing)]
      })
    #expect(try await client.check(service: "a.B") == .notServing)
  }
}

private func request(_ fill: (inout WatchRequest) -> Void) -> WatchRequest {
  var request = WatchRequest()
  fill(&request)
  return request
}
