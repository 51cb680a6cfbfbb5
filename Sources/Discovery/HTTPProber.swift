import AsyncHTTPClient
import FoundationEssentials
package import NIOCore
import NIOHTTP1

/// Probes over HTTP/1.1. Follows no redirect, retries nothing, takes no proxy from the environment.
package final class HTTPProber: Prober {
  private let client: HTTPClient

  /// `timeout` is the longest that any probe takes. Without a group it runs on NIO's own.
  package init(timeout: Duration, group: (any EventLoopGroup)? = nil) {
    let timeout = TimeAmount(timeout)
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow, timeout: .init(connect: timeout, read: timeout),
      connectionPool: .init(
        // Used by the exchanges of one probe. Shorter than the 5 s after which engines close idle connections, because
        // a request that meets the closing looks like a dead engine.
        idleTimeout: .seconds(2)),
      decompression: .disabled)
    // A second one is there when a first one hangs.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    client = HTTPClient(eventLoopGroupProvider: group.map { .shared($0) } ?? .singleton, configuration: configuration)
  }

  package func shutdown() async {
    // It fails only if it was shut down before.
    try? await client.shutdown()
  }

  package func probe(_ request: ProbeRequest) async -> ProbeOutcome {
    let key: String?
    do throws(APIKeyError) {
      key = try request.spec.key?.resolve()
    } catch {
      return .refused(error.description)
    }
    let deadline = ContinuousClock.now + request.timeout
    var conversation = Conversation(request) { ask in
      // A proof of life has time of its own.
      let deadline = ask.timeout.map { ContinuousClock.now + $0 } ?? deadline
      return await self.exchange(ask, with: request.spec.url, key: key, deadline: deadline)
    }
    return await conversation.run()
  }

  private func exchange(
    _ ask: Ask, with url: EngineURL, key: String?, deadline: ContinuousClock.Instant
  ) async -> Reply {
    var request = HTTPClientRequest(url: "\(url)\(ask.path)")
    request.headers.add(name: "accept", value: ask.accept)
    request.headers.add(name: "user-agent", value: "rollcall")
    if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
    if let body = ask.body {
      request.method = .POST
      request.headers.add(name: "content-type", value: "application/json")
      request.body = .bytes(ByteBuffer(string: body))
    }
    let asked = request
    // The client's own deadline ends at the head of an answer: this one covers the body too.
    return await withTaskGroup { group in
      group.addTask { await self.answer(asked, limit: ask.limit) }
      group.addTask {
        try? await Task.sleep(until: deadline, clock: .continuous)
        return Reply.failure(.timedOut)
      }
      let first = await group.next() ?? .failure(.timedOut)
      group.cancelAll()
      return first
    }
  }

  private func answer(_ request: HTTPClientRequest, limit: Int) async -> Reply {
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, deadline: .distantFuture)
    } catch {
      return .failure(ProbeFailure(beforeHead: error))
    }
    do {
      let body = try await response.body.collect(upTo: limit)
      return .answer(
        Answer(
          status: Int(response.status.code), server: response.headers.first(name: "server") ?? "",
          body: Data(body.readableBytesView)))
    } catch is NIOTooManyBytesError {
      return .failure(.tooLarge(limit: limit))
    } catch {
      return .failure(ProbeFailure(inBody: error))
    }
  }
}
