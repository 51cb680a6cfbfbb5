import Catalog
package import GRPC
package import Messages
import Wire

/// `rollcall.v1.ModelCatalog`.
package struct ModelCatalogService: Service {
  let environment: ServiceEnvironment
  let differences: DiffReader
  let known = KnownPages()
  /// Of a whole answer: clients refuse messages over 4 MiB.
  var maxPageBytes = 4_000_000

  package init(_ environment: ServiceEnvironment) {
    self.environment = environment
    differences = DiffReader(catalog: environment.catalog)
  }

  package var description: ServiceDescription { .modelCatalog }

  package func handler(for method: MethodDescription) -> Handler? {
    switch method.name {
    case "ListModels": .unary { [self] request, _ in reply { () throws(Status) in try list(request) } }
    case "GetModel": .unary { [self] request, _ in reply { () throws(Status) in try get(request) } }
    case "ListScaleEvents": .unary { [self] request, _ in reply { () throws(Status) in try scaleEvents(request) } }
    case "DiffModels": .unary { [self] request, _ in reply { () throws(Status) in try diff(request) } }
    case "WatchModels": .streaming { [environment] _ in WatchHandler(environment) }
    default: nil
    }
  }
}

func reply(_ answer: () throws(Status) -> Reply) -> Reply {
  do throws(Status) {
    return try answer()
  } catch {
    return .failure(error)
  }
}

/// A reply that takes time: not made on the event loop, and not at all when nobody waits for it by the time that a task
/// can begin.
func later(_ answer: @escaping @concurrent @Sendable () async throws(Status) -> Reply) -> Reply {
  .later {
    if Task.isCancelled { return .failure(Status(.cancelled)) }
    do throws(Status) {
      return try await answer()
    } catch {
      return .failure(error)
    }
  }
}

/// A request, or the status that answers what is none.
func decoded<Request>(_ decode: () throws(MalformedMessage) -> Request) throws(Status) -> Request {
  do throws(MalformedMessage) {
    return try decode()
  } catch {
    throw Status(error)
  }
}
