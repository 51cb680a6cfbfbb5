package import GRPC
import HTTP
package import Messages
import Wire

/// `grpc.health.v1.Health` (grpc/doc/health-checking.md). Every service has a status, and so does the server as a
/// whole, under the empty name: the status of reads.
package struct HealthService: Service {
  private let environment: ServiceEnvironment
  private let services: [String]

  package init(_ environment: ServiceEnvironment, services: [String]) {
    self.environment = environment
    self.services = [""] + services
  }

  package var description: ServiceDescription { .health }

  package func handler(for method: MethodDescription) -> Handler? {
    switch method.name {
    case "Check":
      .unary { [self] request, call in
        // This header names the cluster that answers, for peers.
        if !environment.cluster.isEmpty { call.initialMetadata.append("rollcall-cluster", environment.cluster) }
        return reply { () throws(Status) in .message(try check(request)) }
      }
    case "List": .unary { [self] request, _ in reply { () throws(Status) in .message(try list(request)) } }
    case "Watch":
      .streaming { [self] call in
        HealthWatchHandler(environment.slots, Caller(call)) { status(of: $0) ?? .serviceUnknown }
      }
    default: nil
    }
  }

  private func check(_ bytes: ArraySlice<UInt8>) throws(Status) -> [ArraySlice<UInt8>] {
    let name = try decoded { () throws(MalformedMessage) in try HealthMessages.decodeCheck(bytes) }
    try checkName(name, field: "service", limit: NameLength.serviceLimit)
    guard let status = status(of: name) else {
      throw Status(.notFound, "there is no service '\(name)'", reason: "SERVICE_NOT_FOUND")
    }
    return [HealthMessages.encodeResponse(status)[...]]
  }

  private func list(_ bytes: ArraySlice<UInt8>) throws(Status) -> [ArraySlice<UInt8>] {
    try decoded { () throws(MalformedMessage) in try HealthMessages.decodeList(bytes) }
    return [HealthMessages.encodeList(services.map { (service: $0, status: known($0)) })[...]]
  }

  /// The status of a service; nil for a service that the server does not have.
  private func status(of service: String) -> ServingStatus? {
    services.contains(service) ? known(service) : nil
  }

  private func known(_ service: String) -> ServingStatus {
    let isAdmin = service == ServiceDescription.catalogAdmin.name
    let isServing = isAdmin ? environment.adminIsServing : environment.isServing
    return isServing ? .serving : .notServing
  }
}
