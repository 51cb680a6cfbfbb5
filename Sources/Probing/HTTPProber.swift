package import Fleet
package import NIOCore
import NIOPosix

/// The prober that speaks HTTP/1.1. It follows no redirect, and uses no proxy from the environment.
package struct HTTPProber: Prober {
  private let group: any EventLoopGroup
  private let trust: TLSTrust

  /// `group`: the event loops to use; nil: NIO's own.
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
      // A key's file that cannot be opened for lack of files is no wrong key.
      return OwnFailure.current.map { .ownFailure($0) } ?? .refused(error.description)
    }
    let probe = LoopProbe(request, key: key, trust: trust, on: group.next())
    return await withTaskCancellationHandler {
      await probe.run()
    } onCancel: {
      probe.cancel()
    }
  }

  /// Does nothing: no connection outlives its probe.
  package func shutdown() async {}
}
