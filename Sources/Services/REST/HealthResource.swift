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
        let trouble = environment.trouble()
        if !environment.catalog.view.isReady {
          let progress = environment.progress()
          let reason = progress.isEmpty ? "not ready" : "not ready: \(progress)"
          return text(.serviceUnavailable, [reason, trouble].compactMap(\.self).joined(separator: "; "))
        }
        // This server does not see its engines, so another one should answer.
        if let trouble { return text(.serviceUnavailable, "not ready: \(trouble)") }
        return text(.ok, environment.catalog.storeFailure.map { "ok, but \($0.text)" } ?? "ok")
      },
    ]
  }
}

extension StoreFailure {
  /// The failure for people.
  fileprivate var text: String {
    let bypass = bypassedSince.map { ", and the list goes on from memory since \($0.rfc3339)" } ?? ""
    return "writes fail since \(since.rfc3339)\(bypass): \(reason)"
  }
}

private func text(_ status: HTTPResponse.Status, _ line: String) -> Response {
  let fields: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
  return Response(status: status, fields: fields, body: .bytes([Array((line + "\n").utf8)[...]]))
}
