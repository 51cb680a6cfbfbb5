import Catalog
package import GRPC
package import Messages
import Wire

/// `rollcall.v1.CatalogAdmin`.
package struct CatalogAdminService: Service {
  private let environment: ServiceEnvironment

  package init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  package var description: ServiceDescription { .catalogAdmin }

  package func handler(for method: MethodDescription) -> Handler? {
    let registrations = RegistrationMethods(registry: environment.registry)
    let engines = EngineMethods(environment)
    switch method.name {
    case "SetModelLabels":
      let method = SetModelLabelsMethod(environment: environment)
      return admitted { request, _ throws(Status) in try method.reply(to: request) }
    case "RegisterEngine":
      return admitted { request, call throws(Status) in try registrations.register(request, call) }
    case "KeepAliveEngine":
      return .streaming { [self] call in
        KeepAliveHandler(refusal: refusal(call)) { [registry = environment.registry] in registry.keepAlive(leaseID: $0)
        }
      }
    case "DeregisterEngine":
      return admitted { request, _ throws(Status) in try registrations.deregister(request) }
    case "ListEngines":
      return admitted { request, _ throws(Status) in try engines.list(request) }
    case "GetEngine":
      return admitted { request, _ throws(Status) in try engines.get(request) }
    default:
      return nil
    }
  }

  /// A unary method that only admitted peers may call.
  private func admitted(
    _ answer: @escaping @Sendable (ArraySlice<UInt8>, any ServerCall) throws(Status) -> Reply
  ) -> Handler {
    .unary { [self] request, call in
      if let refusal = refusal(call) { return .failure(refusal) }
      return reply { () throws(Status) in try answer(request, call) }
    }
  }

  /// The status for a peer that may not use this service; nil for a peer that may.
  private func refusal(_ call: any ServerCall) -> Status? {
    guard !call.comesFromLoopback, !environment.adminIsOpen else { return nil }
    return Status(
      .permissionDenied,
      "this service answers peers on its own machine alone; a server that is started with --admin-insecure answers all",
      reason: "ADMIN_LOOPBACK_ONLY")
  }
}
