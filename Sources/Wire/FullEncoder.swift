import CMessages
package import Catalog
import Messages

/// Models in view FULL, packed when they are asked for: readings move all the time.
package struct FullEncoder: Sendable {
  /// Replicas that an event loop encodes at a time, in about 0.3 ms; more are for a task.
  package static let quickLimit = 50

  package init() {}

  /// A packed `Model`. `reading` tells what an engine told last, by its id.
  package func encode(_ model: Model, reading: (String) -> EngineReading?) -> [UInt8] {
    encode(model, header: .none, reading: reading)
  }

  /// One element of `ListModelsResponse.models`.
  package func encodeElement(_ model: Model, reading: (String) -> EngineReading?) -> [UInt8] {
    encode(model, header: .field(1), reading: reading)
  }

  private func encode(_ model: Model, header: PackHeader, reading: (String) -> EngineReading?) -> [UInt8] {
    pack(Rollcall__V1__Model.self, header: header) { draft in
      fill(draft, model)
      fillReplicas(draft, model, reading: reading)
    }
  }
}
