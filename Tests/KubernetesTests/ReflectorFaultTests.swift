import Foundation
import NIOSSL
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Faults of a reflector's lists and watches", .timeLimit(.minutes(1)))
struct ReflectorFaultTests {
  @Test(arguments: [
    Told.refusal(410, "Expired", "too old resource version: 5 (90)"),
    Told.watch([Told.error(410, "Expired", "too old resource version: 5 (90)")], .whole),
    Told.watch([Told.error(410, "Gone", "too old")], .hold),
    Told.watch([Told.error(500, "Expired", "The resourceVersion for the provided watch is too old.")], .whole),
  ])
  func `a reflector lists anew when its version is gone`(gone: ScriptedAPI.Reply) async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5"), gone, Told.list(["b"], version: "90"), Told.watch([]),
    ]) { harness in
      try await until { harness.api.requests.count == 4 }
      #expect(harness.news == ["all a", "all b"])
      #expect(harness.api.query(2) == ["labelSelector": "model", "limit": "500"])
      #expect(harness.api.query(3)["resourceVersion"] == "90")
    }
  }

  @Test func `a list whose pages expire begins anew`() async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5", next: "t"), Told.refusal(410, "Expired", "continue is too old"),
      Told.list(["b"], version: "9", next: "u"), Told.list(["c"], version: "9"), Told.watch([]),
    ]) { harness in
      try await until { harness.api.requests.count == 5 }
      #expect(harness.news == ["all b c"])
      #expect(harness.api.query(2)["continue"] == nil && harness.api.query(3)["continue"] == "u")
    }
  }

  @Test func `lists that expire again and again are reported`() async throws {
    let expired = Told.refusal(410, "Expired", "continue is too old")
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5"), expired, expired, expired, Told.list(["b"], version: "9"), Told.watch([]),
    ]) { harness in
      try await until { harness.api.requests.count == 6 }
      #expect(harness.news == ["all a", "failed 410: HTTP 410 Gone: continue is too old", "all b"])
    }
  }

  @Test func `a list that is cut off is not delivered`() async throws {
    let page = #"{"metadata":{"resourceVersion":"5"},"items":["#
    try await ReflectorHarness.following([
      Told.watch([page], .cut), Told.watch([page], .whole), Told.list(["a"], version: "6"), Told.watch([]),
    ]) { harness in
      try await until { harness.news.contains("all a") }
      #expect(harness.news.count == 3 && harness.news.dropLast().allSatisfy { $0.hasPrefix("failed ") })
      #expect(harness.news[0] == "failed the answer was cut off")
    }
  }

  @Test func `a watch that is cut off in the middle of an event resumes before it`() async throws {
    let lost = Told.event("DELETED", "a", "9")
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5"),
      Told.watch([Told.event("ADDED", "b", "8"), String(lost.prefix(40))], .cut),
      Told.watch([lost]),
    ]) { harness in
      try await until { harness.news.count == 3 }
      #expect(harness.news == ["all a", "changed b", "deleted a"])
      #expect(harness.api.query(2)["resourceVersion"] == "8")
    }
  }

  @Test func `events are split by lines, in any pieces`() async throws {
    let lines =
      Told.event("ADDED", "b", "6") + "\n" + Told.event("MODIFIED", "é", "7") + Told.event("DELETED", "b", "8")
    let bytes = lines.unicodeScalars.map { String($0) }
    for pieces in [[lines], bytes] {
      try await ReflectorHarness.following([Told.list([], version: "5"), Told.watch(pieces)]) { harness in
        try await until { harness.news.count == 4 }
        #expect(harness.news == ["all", "changed b", "changed é", "deleted b"])
      }
    }
  }

  /// An event that a server sends twice, or from a cache that lags, must not undo the events after it.
  @Test func `an event older than the known version is ignored`() async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "50"),
      Told.watch(
        [
          Told.event("ADDED", "b", "60"), Told.event("ADDED", "b", "60"), Told.event("DELETED", "b", "100"),
          Told.event("MODIFIED", "b", "99"), Told.event("MODIFIED", "a", "9"), Told.bookmark("70"),
        ], .whole),
      Told.watch([Told.event("MODIFIED", "a", "101")]),
    ]) { harness in
      try await until { harness.news.last == "changed a" && harness.api.requests.count == 3 }
      #expect(harness.news == ["all a", "changed b", "deleted b", "changed a"])
      #expect(harness.api.query(2)["resourceVersion"] == "100")
    }
  }

  /// The API promises no order of versions but for whole numbers.
  @Test func `versions that are not numbers count in the order of their arrival`() async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "x9"),
      Told.watch([Told.event("MODIFIED", "a", "x10"), Told.event("MODIFIED", "a", "b")], .whole),
    ]) { harness in
      try await until { harness.api.requests.count == 3 }
      #expect(harness.news == ["all a", "changed a", "changed a"])
      #expect(harness.api.query(2)["resourceVersion"] == "b")
    }
  }

  @Test func `an event of an unknown type is ignored`() async throws {
    let strange = #"{"type":"RENAMED","object":{"from":"a"}}"# + "\n"
    try await ReflectorHarness.following([
      Told.list([], version: "5"), Told.watch([strange, Told.event("ADDED", "b", "6")]),
    ]) { harness in
      try await until { harness.news.count == 2 }
      #expect(harness.news == ["all", "changed b"])
    }
  }

  @Test func `a malformed event is reported and the watch opened again`() async throws {
    try await ReflectorHarness.following([
      Told.list([], version: "5"), Told.watch([Told.event("ADDED", "b", "6"), "<html>\n"], .hold),
      Told.watch([Told.event("ADDED", "c", "7")]),
    ]) { harness in
      try await until { harness.news.last == "changed c" }
      #expect(harness.news.count == 4 && harness.news[2].hasPrefix("failed the answer is not valid"))
      #expect(harness.api.query(2)["resourceVersion"] == "6")
    }
  }

  @Test func `an event without an end is not buffered beyond its limit`() async throws {
    let piece = String(repeating: " ", count: 1 << 20)
    try await ReflectorHarness.following([
      Told.list([], version: "5"), Told.watch(Array(repeating: piece, count: 5)), Told.watch([]),
    ]) { harness in
      try await until { harness.api.requests.count == 3 }
      #expect(harness.news == ["all", "failed an event is larger than 4 MiB"])
    }
  }

  @Test(arguments: [
    (401, "Unauthorized", "Unauthorized"), (403, "Forbidden", "pods is forbidden: User cannot list"),
    (404, "NotFound", "no such thing"), (429, "TooManyRequests", "later"), (500, "InternalError", "etcd"),
    (503, "ServiceUnavailable", "apiserver not ready"),
  ])
  func `a refused list is reported and requested again`(code: Int, reason: String, message: String) async throws {
    for minor in ["20", "34"] {
      let isStreamed = minor == "34"
      let refusals = Array(repeating: Told.refusal(code, reason, message), count: isStreamed && code == 404 ? 3 : 2)
      let rest =
        isStreamed && code != 404 ? Told.watch([Told.bookmark("5", endsList: true)]) : Told.list([], version: "5")
      try await ReflectorHarness.following(refusals + [rest], minor: minor) { harness in
        try await until { harness.news.last == "all" }
        let failures = harness.news.dropLast()
        #expect(failures.count == 2, "\(harness.news)")
        #expect(failures.allSatisfy { $0.hasPrefix("failed \(code): HTTP \(code) ") && $0.hasSuffix(": \(message)") })
      }
    }
  }

  @Test func `a refused watch is reported and opened again from the last version`() async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5"), Told.refusal(503, "ServiceUnavailable", "starting"),
      Told.watch([Told.error(500, "InternalError", "etcd is away")], .whole), Told.watch([]),
    ]) { harness in
      try await until { harness.told.last == "answered" && harness.api.requests.count == 4 }
      #expect(
        harness.news == ["all a", "failed 503: HTTP 503 Service Unavailable: starting", "failed 500: etcd is away"])
      #expect((1...3).map { harness.api.query($0)["resourceVersion"] } == ["5", "5", "5"])
    }
  }

  /// As after a backup was restored, or behind another server that is behind.
  @Test(arguments: [
    Told.refusal(504, "Timeout", "Timeout: Too large resource version: 90, current: 5"),
    Told.watch([Told.error(504, "Timeout", "Too large resource version")], .whole),
    Told.refusal(400, "BadRequest", "invalid resource version"),
  ])
  func `a reflector lists anew when the server has not reached its version`(refusal: ScriptedAPI.Reply) async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "90"), refusal, Told.list(["b"], version: "5"), Told.watch([]),
    ]) { harness in
      try await until { harness.api.requests.count == 4 }
      #expect(harness.news.first == "all a" && harness.news.last == "all b")
      #expect(harness.api.query(3)["resourceVersion"] == "5")
    }
  }

  @Test(arguments: [("7", 7), ("0", 0), ("86400", 60), ("Fri, 31 Dec 1999 23:59:59 GMT", nil), ("-1", nil)])
  func `the error of a refusal carries the server's Retry-After`(text: String, seconds: Int?) async throws {
    let api = try await ScriptedAPI.start([.init(status: 429, retryAfter: text, pieces: [])])
    let client = KubeClient(access: KubeAccess(url: try EngineURL(api.url)))
    let error = await #expect(throws: KubeError.self) { _ = try await client.get("/api/v1/pods") }
    #expect(error?.status == 429 && error?.retryAfter == seconds.map { .seconds($0) })
    try await api.stop()
  }

  /// The next list may come whole.
  @Test func `a streamed list that was cut off is tried again later`() async throws {
    try await ReflectorHarness.following(
      [
        Told.watch([Told.event("ADDED", "half", "1")], .cut), Told.list(["a"], version: "5"),
        Told.refusal(410, "Expired", "too old"),
        Told.watch([Told.event("ADDED", "b", "7"), Told.bookmark("9", endsList: true)]),
      ], minor: "34"
    ) { harness in
      try await until { harness.news.last == "all b" }
      #expect(harness.news == ["all a", "all b"])
      #expect(harness.api.query(3)["sendInitialEvents"] == "true")
    }
  }

  @Test func `an expired token is read anew`() async throws {
    try await ReflectorHarness.following(
      [
        Told.refusal(401, "Unauthorized", "Unauthorized"), Told.list(["a"], version: "5"),
      ], tokens: ["old", "new"]
    ) { harness in
      try await until { harness.news.last == "all a" }
      let tokens = harness.api.requests.prefix(2).map { $0.firstMatch(of: /Bearer (\w+)/).map { String($0.1) } }
      #expect(tokens == ["old", "new"])
    }
  }

  /// How soon depends on whether the server is known to send bookmarks.
  @Test func `a watch without an event for too long is opened anew`() async throws {
    var pace = ReflectorHarness.pace
    pace.idleTimeout = .milliseconds(100)
    try await ReflectorHarness.following(
      [Told.list([], version: "5"), Told.watch([Told.bookmark("6")], .whole), Told.watch([])], pace: pace
    ) { harness in
      try await until { harness.api.requests.count >= 4 }
      #expect(harness.api.query(3)["resourceVersion"] == "6")
      #expect(harness.news.prefix(2) == ["all", "failed no bytes arrived for too long"])
    }
  }

  @Test func `a server that refuses connections is reported`() async throws {
    let api = try await ScriptedAPI.start([])
    try await api.stop()
    let client = KubeClient(access: KubeAccess(url: try EngineURL(api.url)))
    let error = await #expect(throws: KubeError.self) { _ = try await client.get("/api/v1/pods") }
    #expect(error?.status == nil && error?.description.contains("refused") == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (true, nil, false, true), (false, nil, false, false), (true, "localhost", false, true), (false, nil, true, true),
  ])
  func `a client trusts only the given authority`(
    isKnown: Bool, name: String?, isUnverified: Bool, isTrusted: Bool
  ) async throws {
    let api = try await ScriptedAPI.start([Told.list([], version: "5")], tls: TestCertificate.server())
    var access = KubeAccess(url: try EngineURL(api.url))
    if isKnown { access.authority = .data(Data(TestCertificate.text.utf8)) }
    access.serverName = name
    access.isUnverified = isUnverified
    let client = KubeClient(access: access)
    if isTrusted {
      let answer = try await client.get("/")
      #expect(!answer.isEmpty)
    } else {
      await #expect(throws: KubeError.self) { _ = try await client.get("/") }
      #expect(api.requests.isEmpty)
    }
    try await api.stop()
  }
}
