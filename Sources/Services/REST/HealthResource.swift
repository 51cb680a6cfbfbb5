import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/healthz`: whether the process lives. `/readyz`: whether clients should send it work. Reads go on while the store
/// takes no writes, and `/readyz` reports that.
struct HealthResource: Sendable {
  let environment: ServiceEnvironment

  var routes: [Route] {
    [
      Route(.get, "/healthz") { _, _ in text(.ok, "ok") },
      Route(.get, "/readyz") { [environment] _, _ in
        if environment.draining.isOn { return text(.serviceUnavailable, "draining") }
        if !environment.catalog.view.isReady {
          return text(.serviceUnavailable, "not ready: sources have not spoken")
        }
        guard let failure = environment.catalog.storeFailure else { return text(.ok, "ok") }
        return text(.ok, "ok, but writes fail since \(failure.since.rfc3339): \(failure.reason)")
      },
    ]
  }
}

private func text(_ status: HTTPResponse.Status, _ line: String) -> Response {
  let fields: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
  return Response(status: status, fields: fields, body: .bytes([Array((line + "\n").utf8)[...]]))
}
