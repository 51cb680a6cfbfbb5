package import Fleet

/// The source that resolves a DNS name on an interval; each address is an engine.
///
/// An empty answer counts as an answer, and the fleet doubts it when it loses most engines. When no name server
/// answers, the source reports a failure and the engines found before stay.
package struct DNSSource: EngineSource {
  let settings: DNSSettings
  let interval: Duration
  let resolver: any Resolver
  let sleep: @Sendable (Duration) async throws -> Void

  package init(_ settings: DNSSettings, interval: Duration) {
    self.init(settings, interval: interval, resolver: SystemResolver()) { try await Task.sleep(for: $0) }
  }

  init(
    _ settings: DNSSettings, interval: Duration, resolver: any Resolver,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.settings = settings
    self.interval = interval
    self.resolver = resolver
    self.sleep = sleep
  }

  package var id: SourceID { settings.id }

  package func run(_ delegate: any SourceDelegate) async {
    while !Task.isCancelled {
      let found = await find()
      guard !Task.isCancelled else { return }
      switch found {
      case .success(let engines): delegate.received(SourceAnswer(source: id, engines: engines))
      case .failure(let failure): delegate.failed(source: id, reason: failure.description)
      }
      do { try await sleep(interval) } catch { return }
    }
  }

  private struct Failure: Error {
    var description: String
  }

  private func find() async -> Result<[EngineSpec], Failure> {
    switch settings.query {
    case .addresses(let name, let port):
      switch await resolver.addresses(of: name) {
      case .failed(let reason): return .failure(Failure(description: "\(name): \(reason)"))
      case .none: return .success([])
      case .records(let addresses): return engines(addresses.map { ($0, port) })
      }
    case .services(let name):
      switch await resolver.services(of: name) {
      case .failed(let reason): return .failure(Failure(description: "\(name): \(reason)"))
      case .none: return .success([])
      case .records(let services): return await engines(behind: services)
      }
    }
  }

  /// Leaves out a target without an address: its SRV record has outlived the address.
  private func engines(behind services: [ServiceRecord]) async -> Result<[EngineSpec], Failure> {
    var places: [(String, Int)] = []
    for service in services {
      switch await resolver.addresses(of: service.host) {
      case .failed(let reason): return .failure(Failure(description: "\(service.host): \(reason)"))
      case .none: continue
      case .records(let addresses): places += addresses.map { ($0, service.port) }
      }
    }
    return engines(places)
  }

  private func engines(_ places: [(address: String, port: Int)]) -> Result<[EngineSpec], Failure> {
    var ids: Set<String> = []
    var engines: [EngineSpec] = []
    for place in places {
      do throws(EngineSpecError) {
        let engine = try settings.engine(at: place.address, port: place.port)
        if ids.insert(engine.id).inserted { engines.append(engine) }
      } catch {
        return .failure(Failure(description: error.description))
      }
    }
    return .success(engines)
  }
}
