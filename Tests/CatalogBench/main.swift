import Catalog
import Foundation
import Logging
import Storage
import Wire

// What scripts/bench runs: a catalog over a store on disk. Prints one line of `name value` pairs.

/// Models that an engine serves.
let modelsPerEngine = 20

let usage = """
  usage: catalog-bench fill DIR MODELS URL   a new store with that many models of engines below the URL, and no past
         catalog-bench open DIR              opens it: seconds and resident bytes
         catalog-bench change DIR ROUNDS     changes one engine after the other: microseconds until it is public
         catalog-bench invent DIR ROUNDS     an engine invents 4,096 ids a round: the largest number of models that the
                                             store remembers, and its bytes after each quarter

  """

func now() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

func observation(_ engine: Int, _ state: ModelState, url: String) -> Observation {
  let id = "engine-\(engine)"
  let facts = EngineFacts(
    id: id, endpoint: "\(url)/\(id)", kind: "vllm", version: "0.32.0", labels: ["tier": "gold"],
    condition: Condition(state: state, changedAt: now()))
  let models = (0..<modelsPerEngine).map { index in
    ReplicaFacts(
      modelID: "organisation/model-\(engine)-\(index)", ownedBy: "vllm", root: "/models/model-\(engine)-\(index)",
      maxModelLen: 131_072)
  }
  return .engine(facts, models: models)
}

func open(_ directory: String, history: HistoryLimits = HistoryLimits()) async throws -> (SQLiteStore, ModelCatalog) {
  let store = try SQLiteStore.open(
    directory: directory, now: now, logger: Logger(label: "store") { _ in SwiftLogNoOpLogHandler() })
  let catalog = try await ModelCatalog.open(
    store: store, codec: StorageCodec(), encoder: WireModelEncoder(), history: history, now: now())
  return (store, catalog)
}

func resident() throws -> Int {
  let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

func fill(_ directory: String, models: Int, url: String) async throws {
  // Every age has passed at once.
  let (store, catalog) = try await open(directory, history: HistoryLimits(age: .zero))
  for first in stride(from: 0, to: models / modelsPerEngine, by: 256) {
    let engines = first..<min(first + 256, models / modelsPerEngine)
    try await catalog.record(engines.map { observation($0, .ready, url: url) }, at: now())
  }
  try await catalog.housekeep(at: now(), remember: .seconds(86_400 * 90))
  try store.close()
}

func change(_ directory: String, rounds: Int) async throws {
  let (store, catalog) = try await open(directory)
  let engines = catalog.engines().count
  var took: [Double] = []
  for round in 0..<rounds {
    let isReady = catalog.engine(id: "engine-\(round % engines)")?.condition.state == .ready
    let state: ModelState = isReady ? .unreachable : .ready
    let began = ContinuousClock.now
    try await catalog.record([observation(round % engines, state, url: "http://127.0.0.1:1")], at: now())
    took.append((ContinuousClock.now - began) / .microseconds(1))
  }
  took.sort()
  print("median \(took[took.count / 2]) p99 \(took[took.count * 99 / 100]) events \(catalog.view.history.count)")
  try store.close()
}

func invent(_ directory: String, rounds: Int) async throws {
  let (store, catalog) = try await open(directory)
  let began = ContinuousClock.now
  let facts = EngineFacts(
    id: "inventor", endpoint: "http://127.0.0.1:1", condition: Condition(state: .ready, changedAt: now()))
  var rows = 0
  var bytes: [Int] = []
  for round in 1...rounds {
    let models = (0..<4_096).map { ReplicaFacts(modelID: "organisation/invented-\(round)-\($0)") }
    try await catalog.record([.engine(facts, models: models)], at: now())
    rows = max(rows, try store.range(prefix: FactKey.seenPrefix).count)
    guard round * 4 % rounds < 4 else { continue }
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    bytes.append(
      try files.reduce(0) { sum, name in
        sum + (try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int ?? 0)
      })
  }
  let seconds = (ContinuousClock.now - began) / .seconds(1)
  print(
    "seconds \(seconds) rows \(rows) resident \(try resident()) bytes \(bytes.map(String.init).joined(separator: ","))")
  try store.close()
}

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.count) {
case ("fill", 4):
  try await fill(arguments[2], models: Int(arguments[3]) ?? 0, url: arguments[4])
case ("open", 2):
  let began = ContinuousClock.now
  let (store, catalog) = try await open(arguments[2])
  let seconds = (ContinuousClock.now - began) / .seconds(1)
  let view = catalog.view
  print("seconds \(seconds) resident \(try resident()) models \(view.snapshot.count) events \(view.history.count)")
  try store.close()
case ("change", 3):
  try await change(arguments[2], rounds: Int(arguments[3]) ?? 0)
case ("invent", 3):
  try await invent(arguments[2], rounds: Int(arguments[3]) ?? 0)
default:
  FileHandle.standardError.write(Data(usage.utf8))
  exit(64)
}
