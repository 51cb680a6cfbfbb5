import Catalog
import HTTP
import HTTPTypes

/// `/http_sd`: the engines that have metrics, as targets for Prometheus (its `http_sd_configs`), with addresses and
/// metadata in `__meta_rollcall_*`. The parameter `namespace` selects a namespace; without it the list has all.
///
/// The list leaves out engines of a kind that is known to have no metrics, and those whose metrics are off. It has an engine of an unknown kind with
/// Prometheus' own path.
struct ServiceDiscoveryResource: Sendable {
  private let models: CatalogReader
  private let engines: EngineReader
  private let metricsPaths: [String: String?]

  init(_ environment: ServiceEnvironment) {
    models = CatalogReader(environment)
    engines = EngineReader(environment)
    metricsPaths = environment.metricsPaths
  }

  var routes: [Route] {
    [
      Route(.get, "/http_sd") { [self] request, _ in
        eventually { () throws(OpenAIError) in try targets(request) }
      }
    ]
  }

  private func targets(_ request: Request) throws(OpenAIError) -> EventualResponse {
    let namespace = try restParameter { () throws(QueryError) in try Query(request.query).value("namespace") }
    try restRead { () throws(ReadError) in
      try NameLength.check(namespace, field: "namespace")
      try models.requireReady()
    }
    return later { () async throws(OpenAIError) in
      let entries = engines.engines(namespace: namespace)
      return Response(status: .ok, fields: .movingJSON, body: .bytes([json(entries)[...]]))
    }
  }

  private func json(_ entries: [EngineReader.Entry]) -> [UInt8] {
    var bytes = Array("[".utf8)
    for entry in entries {
      let claim = entry.facts?.claims.first(where: \.isProbed)
      guard let target = ScrapeTarget(engines.message(entry), metricsPaths: metricsPaths, claim: claim) else {
        continue
      }
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      target.append(to: &bytes)
    }
    bytes += "]\n".utf8
    return bytes
  }
}
