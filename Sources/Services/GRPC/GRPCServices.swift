package import GRPC
import Messages

/// All gRPC services of the port.
package enum GRPCServices {
  /// Creates every gRPC service of the server.
  package static func all(_ environment: ServiceEnvironment) -> [any Service] {
    let catalog = ModelCatalogService(environment)
    let names = ServiceDescription.all.map(\.name)
    return [
      catalog,
      CatalogAdminService(environment),
      HealthService(environment, services: names),
      ReflectionService(.reflection, services: names),
      ReflectionService(.reflectionAlpha, services: names),
    ]
  }
}
