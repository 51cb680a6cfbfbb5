import Catalog
import HTTP
import HTTPTypes

/// `/http_sd`: the engines that have metrics, as targets for Prometheus (its `http_sd_configs`): where they are scraped,
/// and what is known of them in `__meta_rollcall_*`. `namespace` names one, else all are told.
///
/// Engines of a kind that is known to have no metrics are left out; one of which nothing is known yet is told with
/// Prometheus' own path.
struct ServiceDiscoveryResource: Sendable {
  let environment: ServiceEnvironment

  var routes: [Route] {
    [
      Route(.get, "/http_sd") { [self] request, _ in
        eventually { () throws(OpenAIError) in try targets(request) }
      }
    ]
  }

  private func targets(_ request: Request) throws(OpenAIError) -> EventualResponse {
    let namespace: String?
    do throws(QueryError) {
      namespace = try Query(request.query).value("namespace")
    } catch {
      throw .invalid(error)
    }
    _ = try environment.listedSnapshot()
    return later { () async throws(OpenAIError) in
      let engines = KnownEngines(environment, namespace: namespace)
      return Response(status: .ok, fields: .movingJSON, body: .bytes([json(engines)[...]]))
    }
  }

  private func json(_ engines: KnownEngines) -> [UInt8] {
    var bytes = Array("[".utf8)
    for entry in engines.entries {
      guard let target = ScrapeTarget(environment.message(entry), metricsPaths: environment.metricsPaths) else {
        continue
      }
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      target.append(to: &bytes)
    }
    bytes += "]\n".utf8
    return bytes
  }
}
