import Catalog
import TestKit

@testable import Fleet

/// The processes that really run, by the address at which they listen: the truth that Rollcall is to tell.
struct WorldTruth {
  /// Every address of the world.
  static let addresses = (1...10).map { "10.0.0.\($0):8000" }

  private(set) var processes: [String: WorldEngine] = [:]
  /// Addresses from which nothing comes back, not even a refusal: their machine is off.
  private(set) var dark: Set<String> = []
  /// Addresses whose name servers do not answer.
  var hanging: Set<String> = []
  /// The trouble that keeps Rollcall from the network; nil: none.
  var ownFailure: OwnFailure?
  let meetings = WorldMeeting.Memory()
  private var lastNumber = 0

  /// Addresses with a process, in order.
  var used: [String] { Self.addresses.filter { processes[$0] != nil } }
  var free: [String] { Self.addresses.filter { processes[$0] == nil } }

  mutating func start(
    at address: String, tenant: String, models: Int, kind: WorldEngine.Kind, key: String? = nil, now: Duration
  ) {
    lastNumber += 1
    // TGI serves one model.
    let ids = (0..<(kind == .tgi ? 1 : models)).map {
      "\(tenant)/p\(lastNumber)-m\($0)" + WorldEngine.tag(kind)
    }
    processes[address] = WorldEngine(
      number: lastNumber, tenant: tenant, kind: kind, models: ids, key: key, since: now)
    dark.remove(address)
  }

  /// Ends a process. `isDark`: its machine goes with it.
  mutating func stop(at address: String, isDark: Bool = false) {
    processes[address] = nil
    if isDark { dark.insert(address) }
  }

  mutating func change(at address: String, now: Duration, _ body: (inout WorldEngine) -> Void) {
    processes[address]?.change(at: now, body)
  }

  /// What keeps a probe from the engine at an address; nil: nothing does.
  func obstacle(_ address: String) -> ProbeFailure? {
    if let ownFailure { return .own(ownFailure) }
    if hanging.contains(address) { return .nameServerSilent }
    return processes[address] == nil && dark.contains(address) ? .timedOut : nil
  }

  /// Whether the process at an address serves a client with a key.
  func serves(_ url: String, key: String?) -> Bool {
    let address = Self.address(url)
    guard let process = processes[address], obstacle(address) == nil else { return false }
    return process.serves && (process.key == nil || process.key == key)
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
