import Catalog
import TestKit

func moment(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }

func condition(_ state: ModelState = .ready, at microseconds: Int64 = 1) -> Condition {
  Condition(state: state, changedAt: moment(microseconds))
}

func engine(
  _ id: String, _ state: ModelState = .ready, namespace: String = "default", labels: [String: String] = [:]
) -> EngineFacts {
  EngineFacts(
    id: id, endpoint: "http://\(id)", kind: "vllm", version: "1", namespace: namespace, labels: labels,
    condition: condition(state))
}

func key(_ id: String, _ namespace: String = "default") -> ModelKey { ModelKey(namespace: namespace, id: id) }

func observed(
  _ id: String, _ models: [String], _ state: ModelState = .ready, namespace: String = "default"
) -> Observation {
  .engine(engine(id, state, namespace: namespace), models: models.map { ReplicaFacts(modelID: $0) })
}

func makeCatalog(
  store: any Store = MemoryStore(epoch: 1_000), history: HistoryLimits = HistoryLimits(), ready: Bool = true,
  shape: TreeShape = .standard, absentLimit: Int = ModelCatalog.absentLimit,
  uptime: @escaping Uptime = processUptime()
) throws -> ModelCatalog {
  let catalog = try ModelCatalog(
    store: store, codec: PlainFactCodec(), encoder: PlainModelEncoder(), history: history, shape: shape,
    absentLimit: absentLimit, uptime: uptime)
  if ready { catalog.markReady() }
  return catalog
}

func makeSnapshot(_ models: [Model], shape: TreeShape = .standard) -> Snapshot {
  Snapshot(revision: 1, models: models.map { ($0, PlainModelEncoder().encode($0)) }, shape: shape)
}

/// A model that differs from others by its key alone.
func model(_ key: ModelKey) -> Model {
  var model = Model(key: key, state: .ready, created: moment(1))
  model.etag = model.contentHash.hex
  return model
}

/// Nodes so small that few models make a high tree.
let tinyShape: TreeShape = {
  var shape = TreeShape()
  (shape.leafTarget, shape.leafMaximum, shape.leafMinimum) = (3, 5, 2)
  (shape.innerTarget, shape.innerMaximum, shape.innerMinimum) = (3, 4, 2)
  return shape
}()

extension Snapshot {
  func keys(_ namespace: String? = nil) -> [ModelKey] {
    refs(namespace: namespace, sight: .all).map(\.key)
  }
}

func text(_ slices: [ArraySlice<UInt8>]) -> String { String(decoding: slices.joined(), as: UTF8.self) }
