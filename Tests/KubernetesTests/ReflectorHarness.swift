import NIOSSL
import Synchronization

@testable import Fleet
@testable import Kubernetes

/// A reflector of pods that follows a `ScriptedAPI`, and its events in short, in order.
final class ReflectorHarness: Sendable {
  let api: ScriptedAPI
  private let heard = Mutex<[String]>([])
  private let tokens: Mutex<[String]>

  /// `tokens`: the credentials of the connections, in order; the last serves all later connections.
  private init(_ api: ScriptedAPI, tokens: [String]) {
    self.api = api
    self.tokens = Mutex(tokens)
  }

  /// `all b a`, `changed a`, `deleted a`, `answered`, `failed 500: …`.
  var told: [String] { heard.withLock { $0 } }
  /// Without `answered`.
  var news: [String] { told.filter { $0 != "answered" } }

  /// Times are short; a test that is about one of them sets it.
  static var pace: Reflector<KubePod>.Pace {
    var pace = Reflector<KubePod>.Pace()
    pace.backOff = .milliseconds(10)...(.milliseconds(40))
    pace.patience = .seconds(60)
    return pace
  }

  /// Runs it for as long as the test does.
  static func following(
    _ replies: [ScriptedAPI.Reply], minor: String? = "20", streamed: ScriptedAPI.Reply? = nil,
    pace: Reflector<KubePod>.Pace = pace,
    selector: String = "model", tokens: [String] = [], _ test: (ReflectorHarness) async throws -> Void
  ) async throws {
    let harness = ReflectorHarness(
      try await ScriptedAPI.start(replies, minor: minor, streamed: streamed), tokens: tokens)
    let reflector = try harness.reflector(pace, selector: selector)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await reflector.run() }
      try await test(harness)
      group.cancelAll()
    }
    try await harness.api.stop()
  }

  private func reflector(_ pace: Reflector<KubePod>.Pace, selector: String) throws -> Reflector<KubePod> {
    let url = try EngineURL(api.url)
    return Reflector<KubePod>(
      client: { [self] in
        var access = KubeAccess(url: url)
        let token = tokens.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
        if let token { access.credential = .token(token) }
        return KubeClient(access: access, connectTimeout: .seconds(60))
      },
      path: "/api/v1/pods", selector: selector, pace: pace, report: { [self] news in received(news) })
  }

  private func received(_ news: ReflectorEvent<KubePod>) {
    let text =
      switch news {
      case .all(let pods): (["all"] + pods.map { $0.metadata.name ?? "?" }).joined(separator: " ")
      case .changed(let pod): "changed \(pod.metadata.name ?? "?")"
      case .deleted(let pod): "deleted \(pod.metadata.name ?? "?")"
      case .answered: "answered"
      case .failed(let error): "failed \(error.status.map { "\($0): " } ?? "")\(error.description)"
      }
    heard.withLock { $0.append(text) }
  }
}

/// Answers and events as the API writes them.
enum Told {
  static func pod(_ name: String, _ version: String) -> String {
    #"{"metadata":{"name":"\#(name)","namespace":"n","uid":"uid-\#(name)","resourceVersion":"\#(version)"}}"#
  }

  /// `items`: names; nil: `null`, as Go writes an empty list.
  static func list(_ items: [String]?, version: String, next: String = "") -> ScriptedAPI.Reply {
    let pods = items.map { "[\($0.map { pod($0, version) }.joined(separator: ","))]" } ?? "null"
    return ScriptedAPI.Reply(pieces: [
      #"{"kind":"PodList","metadata":{"resourceVersion":"\#(version)","continue":"\#(next)"},"items":\#(pods)}"#
    ])
  }

  static func event(_ type: String, _ name: String, _ version: String) -> String {
    #"{"type":"\#(type)","object":\#(pod(name, version))}"# + "\n"
  }

  static func bookmark(_ version: String, endsList: Bool = false) -> String {
    let mark = endsList ? #","annotations":{"k8s.io/initial-events-end":"true"}"# : ""
    return #"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"\#(version)"\#(mark)}}}"# + "\n"
  }

  static func error(_ code: Int, _ reason: String, _ message: String) -> String {
    #"{"type":"ERROR","object":\#(status(code, reason, message))}"# + "\n"
  }

  static func status(_ code: Int, _ reason: String, _ message: String) -> String {
    #"{"kind":"Status","status":"Failure","code":\#(code),"reason":"\#(reason)","message":"\#(message)"}"#
  }

  static func refusal(_ code: Int, _ reason: String, _ message: String) -> ScriptedAPI.Reply {
    ScriptedAPI.Reply(status: code, pieces: [status(code, reason, message)])
  }

  static func watch(_ pieces: [String], _ end: ScriptedAPI.End = .hold) -> ScriptedAPI.Reply {
    ScriptedAPI.Reply(pieces: pieces, end: end)
  }
}
