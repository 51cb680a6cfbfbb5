package import Fleet
package import NIOCore
import NIOPosix

/// Probes over HTTP/1.1. Follows no redirect, takes no proxy from the environment.
package struct HTTPProber: Prober {
  private let group: any EventLoopGroup
  private let trust: TLSTrust

  /// Without a group it runs on NIO's own.
  package init(group: (any EventLoopGroup)? = nil) {
    self.init(group: group, trust: TLSTrust())
  }

  init(group: (any EventLoopGroup)? = nil, trust: TLSTrust) {
    self.group = group ?? MultiThreadedEventLoopGroup.singleton
    self.trust = trust
  }

  package func probe(_ request: ProbeRequest) async -> ProbeOutcome {
    let key: String?
    do throws(APIKeyError) {
      key = try request.spec.key?.resolve()
    } catch {
      return .refused(error.description)
    }
    let probe = LoopProbe(request, key: key, trust: trust, on: group.next())
    return await withTaskCancellationHandler {
      await probe.run()
    } onCancel: {
      probe.cancel()
    }
  }

  /// Nothing outlives a probe.
  package func shutdown() async {}
}
