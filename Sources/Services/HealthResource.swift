import Catalog
import HTTP
import HTTPTypes

/// `/healthz`: the process lives. `/readyz`: send it work.
struct HealthResource: Sendable {
  let environment: ServiceEnvironment

  var routes: [Route] {
    [
      Route(.get, "/healthz") { _, _ in text(.ok, "ok") },
      Route(.get, "/readyz") { [environment] _, _ in
        if environment.draining.isOn { return text(.serviceUnavailable, "draining") }
        if !environment.catalogue.view.isReady {
          return text(.serviceUnavailable, "not ready: sources have not spoken")
        }
        return text(.ok, "ok")
      },
    ]
  }
}

private func text(_ status: HTTPResponse.Status, _ words: String) -> Response {
  let fields: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
  return Response(status: status, fields: fields, body: .bytes([Array((words + "\n").utf8)[...]]))
}
