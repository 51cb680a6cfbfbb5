import Catalog
import TestKit

@testable import Fleet

/// The processes that really run, by the address at which they listen: the truth that Rollcall is to tell.
struct WorldTruth {
  /// One inference server.
  struct Process {
    /// The order in which processes were started.
    let number: Int
    /// The namespace whose models it serves.
    let tenant: String
    /// Ids of its models; each begins with the tenant's name.
    var models: [String]
    /// The key that it demands; nil: none.
    var key: String?
    var behaviour = Behaviour.serving
    /// Since when it behaves so.
    var since: Duration
  }

  enum Behaviour: String {
    case serving
    case loading
    /// It takes connections and answers nothing.
    case silent
  }

  /// Every address of the world.
  static let addresses = (1...10).map { "10.0.0.\($0):8000" }

  private(set) var processes: [String: Process] = [:]
  /// Addresses from which nothing comes back, not even a refusal: their machine is off.
  private(set) var dark: Set<String> = []
  private var lastNumber = 0

  /// Addresses with a process, in order.
  var used: [String] { Self.addresses.filter { processes[$0] != nil } }
  var free: [String] { Self.addresses.filter { processes[$0] == nil } }

  mutating func start(at address: String, tenant: String, models: Int, key: String? = nil, now: Duration) {
    lastNumber += 1
    let ids = (0..<models).map { "\(tenant)/p\(lastNumber)-m\($0)" }
    processes[address] = Process(number: lastNumber, tenant: tenant, models: ids, key: key, since: now)
    dark.remove(address)
  }

  /// Ends a process. `isDark`: its machine goes with it.
  mutating func stop(at address: String, isDark: Bool = false) {
    processes[address] = nil
    if isDark { dark.insert(address) }
  }

  mutating func change(at address: String, now: Duration, _ body: (inout Process) -> Void) {
    guard var process = processes[address] else { return }
    body(&process)
    process.since = now
    processes[address] = process
  }

  /// The result of a probe of an address with a key, and the time that it takes.
  func probe(_ url: String, key: String?, timeout: Duration) -> (outcome: ProbeOutcome, took: Duration) {
    let address = Self.address(url)
    guard let process = processes[address] else {
      return dark.contains(address) ? (.timedOut, timeout) : (.refusedConnection, .milliseconds(1))
    }
    guard process.behaviour != .silent else { return (.timedOut, timeout) }
    guard process.key == nil || process.key == key else { return (.refused("401: check the key"), .milliseconds(3)) }
    guard process.behaviour == .serving else { return (.loading("loading the model"), .milliseconds(3)) }
    let models = process.models.map { ReportedModel(ReplicaFacts(modelID: $0)) }
    return (.healthy(EngineReport(kind: .vllm, version: "1", models: models)), .milliseconds(5))
  }

  /// Whether the process at an address serves a client with a key.
  func serves(_ url: String, key: String?) -> Bool {
    guard let process = processes[Self.address(url)] else { return false }
    return process.behaviour == .serving && (process.key == nil || process.key == key)
  }

  /// The address in an engine's URL.
  static func address(_ url: String) -> String { String(url.dropFirst("http://".count)) }
}

/// Where an engine is listed: its namespace and URL, or its id when it is not probed here.
struct Seat: Hashable, Comparable, CustomStringConvertible {
  var namespace: String
  /// `id:` and the engine's id for an engine that is not probed here.
  var url: String

  init(_ spec: EngineSpec) {
    (namespace, url) = (spec.namespace, spec.url.description)
  }

  init(_ facts: EngineFacts) {
    namespace = facts.namespace
    url = facts.endpoint.isEmpty || !facts.via.isEmpty ? "id:\(facts.id)" : facts.endpoint
  }

  var isProbed: Bool { !url.hasPrefix("id:") }
  var description: String { "\(url) of \(namespace)" }

  static func < (a: Seat, b: Seat) -> Bool { (a.namespace, a.url) < (b.namespace, b.url) }
}
