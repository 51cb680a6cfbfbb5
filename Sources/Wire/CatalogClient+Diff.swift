import GRPC
import Messages

extension CatalogClient {
  /// One page of what changed between two moments.
  package func diff(_ request: DiffRequest, timeout: Duration? = nil) async throws -> DiffPage {
    let response = try await transport.unary(
      "/\(ServiceDescription.modelCatalog.name)/DiffModels", request.encode(), options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try DiffPage.decode(response.message) }
  }

  /// Every page, as one. `timeout` is for each call.
  package func diffAll(_ request: DiffRequest, timeout: Duration? = nil) async throws -> DiffPage {
    var request = request
    if request.pageSize == 0 { request.pageSize = 10_000 }
    var all = try await diff(request, timeout: timeout)
    while !all.nextPageToken.isEmpty {
      request.pageToken = all.nextPageToken
      let next = try await diff(request, timeout: timeout)
      try refuseLoop(all.nextPageToken, next.nextPageToken)
      all.differences += next.differences
      all.nextPageToken = next.nextPageToken
    }
    return all
  }
}
