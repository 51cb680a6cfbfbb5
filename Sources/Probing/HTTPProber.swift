package import DNS
package import Fleet
package import NIOCore
import NIOPosix
import TLS

/// The prober that speaks HTTP/1.1. It follows redirects to the engine's own place alone, or to its host by TLS, and uses
/// no proxy from the environment.
package struct HTTPProber: Prober {
  private let group: any EventLoopGroup
  private let dialer: Dialer

  /// `group`: the event loops to use; nil: NIO's own. `names`: how the host names of engines are resolved; the prober
  /// shuts it down. `egress`: the places at which engines may be.
  package init(
    group: (any EventLoopGroup)? = nil, names: NameResolver = NameResolver(longestLifetime: .seconds(10)),
    egress: EgressPolicy = EgressPolicy()
  ) {
    self.group = group ?? MultiThreadedEventLoopGroup.singleton
    dialer = Dialer(names: names, egress: egress)
  }

  package func probe(_ request: ProbeRequest) async -> ProbeOutcome {
    let key: KeyHeader?
    do throws(APIKeyError) {
      key = try request.spec.keyHeader()
    } catch {
      // A key's file that cannot be opened for lack of files is no wrong key.
      return OwnFailure.current.map { .ownFailure($0) } ?? .refused(error.description)
    }
    if request.spec.url.scheme == "https" {
      // The connection finds the context in the cache, so its event loop reads no large file. It also reports the error.
      _ = try? dialer.trust.context(for: request.spec.tls)
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
