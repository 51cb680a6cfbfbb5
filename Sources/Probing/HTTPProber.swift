package import DNS
package import Fleet
package import NIOCore
import NIOPosix

/// The prober that speaks HTTP/1.1. It follows no redirect, and uses no proxy from the environment.
package struct HTTPProber: Prober {
  private let group: any EventLoopGroup
  private let dialer: Dialer

  /// `group`: the event loops to use; nil: NIO's own. `names`: how the host names of engines are resolved; the prober
  /// shuts it down.
  package init(
    group: (any EventLoopGroup)? = nil, names: NameResolver = NameResolver(longestLifetime: .seconds(10))
  ) {
    self.group = group ?? MultiThreadedEventLoopGroup.singleton
    dialer = Dialer(names: names)
  }

  package func probe(_ request: ProbeRequest) async -> ProbeOutcome {
    let key: String?
    do throws(APIKeyError) {
      key = try request.spec.key?.resolve()
    } catch {
      // A key's file that cannot be opened for lack of files is no wrong key.
      return OwnFailure.current.map { .ownFailure($0) } ?? .refused(error.description)
    }
    let probe = LoopProbe(request, key: key, dialer, on: group.next())
    return await withTaskCancellationHandler {
      await probe.run()
    } onCancel: {
      probe.cancel()
    }
  }

  /// No connection outlives its probe, so only the resolver of names is left.
  package func shutdown() async {
    dialer.names.shutdown()
  }
}
