package import GRPC
import HTTP
package import Messages
import Wire

/// `rollcall.v1.ModelCatalog`.
package struct ModelCatalogService: Service {
  let environment: ServiceEnvironment
  /// The limit of a whole answer, in bytes.
  var maxPageBytes = PageSize.maxBytes

  package init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  package var description: ServiceDescription { .modelCatalog }

  package func handler(for method: MethodDescription) -> Handler? {
    let reader = CatalogReader(environment)
    switch method.name {
    case "ListModels":
      let method = ListModelsMethod(environment, reader, maxPageBytes: maxPageBytes)
      return .unary { request, call in
        reply { () throws(Status) in
          try method.reply(to: request, for: Caller(call), acceptsGzip: call.acceptsGzip)
        }
      }
    case "GetModel":
      let method = GetModelMethod(reader: reader)
      return .unary { request, _ in reply { () throws(Status) in try method.reply(to: request) } }
    case "ListScaleEvents":
      let method = ListScaleEventsMethod(reader: reader)
      return .unary { request, _ in reply { () throws(Status) in try method.reply(to: request) } }
    case "DiffModels":
      let method = DiffModelsMethod(reader: reader, maxPageBytes: maxPageBytes)
      return .unary { request, _ in reply { () throws(Status) in try method.reply(to: request) } }
    case "WatchModels":
      return .streaming { WatchModelsHandler(reader, Caller($0)) }
    default:
      return nil
    }
  }
}
