import Fleet
import FoundationEssentials

/// Asks an API server about the object of one engine.
struct ObjectLookup: Sendable {
  let client: @Sendable () throws -> KubeClient
  /// The beginning of the ids of the cluster's engines.
  let prefix: String
  /// The longest time without any bytes.
  static let patience: Duration = .seconds(10)

  /// Returns the object, or why there is none.
  func result(for engine: OmittedEngine) async -> LookupResult {
    guard let part = ClusterPart(name: engine.part),
      let object = ObjectName(engine: engine.id, of: part, prefix: prefix)
    else { return .missing }  // No object of this cluster has such an id: another configuration made it.
    do {
      let data = Data(try await client().get(part.path(of: object), idleTimeout: Self.patience))
      switch part.resource {
      case .pods: return .pod(try JSONDecoder().decode(KubePod.self, from: data))
      case .deployments: return .deployment(try JSONDecoder().decode(KubeDeployment.self, from: data))
      case .adapters: return .adapter(try JSONDecoder().decode(KubeAdapter.self, from: data))
      }
    } catch let error as KubeError {
      switch error.status {
      case 404: return .missing
      case 403: return .forbidden(error)
      default: return .failed(error)
      }
    } catch {
      return .failed(KubeError("the answer is not valid: \(error)"))
    }
  }
}
