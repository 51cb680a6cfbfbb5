import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("A reflector's lists and watches", .timeLimit(.minutes(1)))
struct ReflectorTests {
  @Test func `a list is read in pages and watched from its version`() async throws {
    try await ReflectorHarness.following(
      [
        Told.list(["a"], version: "7", next: "to/ken+1"), Told.list(["b"], version: "7"),
        Told.watch([Told.event("ADDED", "c", "8")]),
      ], selector: "app in (x, y)"
    ) { harness in
      try await until { harness.news.count == 2 }
      #expect(harness.told == ["all a b", "answered", "changed c"])
      #expect(harness.api.query(0) == ["labelSelector": "app%20in%20%28x%2C%20y%29", "limit": "500"])
      #expect(harness.api.query(1)["continue"] == "to%2Fken%2B1" && harness.api.query(1)["limit"] == "500")
      let watch = harness.api.query(2)
      #expect(watch["watch"] == "true" && watch["allowWatchBookmarks"] == "true" && watch["resourceVersion"] == "7")
      #expect(watch["sendInitialEvents"] == nil && watch["resourceVersionMatch"] == nil && watch["limit"] == nil)
      #expect((300...600).contains(Int(watch["timeoutSeconds"] ?? "") ?? 0))
      #expect(harness.api.requests.allSatisfy { $0.contains("\r\naccept: application/json\r\n") })
    }
  }

  @Test func `an empty list may be null`() async throws {
    try await ReflectorHarness.following([Told.list(nil, version: "1")]) { harness in
      try await until { !harness.news.isEmpty }
      #expect(harness.news == ["all"])
    }
  }

  @Test func `a list is streamed where the server supports that`() async throws {
    try await ReflectorHarness.following(
      [
        Told.watch(
          [
            Told.event("ADDED", "a", "3"), Told.event("ADDED", "b", "4"), Told.bookmark("9", endsList: true),
            Told.event("DELETED", "a", "10"),
          ], .whole)
      ], minor: "34+"
    ) { harness in
      try await until { harness.api.requests.count == 2 }
      #expect(harness.news == ["all a b", "deleted a"])
      let first = harness.api.query(0)
      #expect(first["sendInitialEvents"] == "true" && first["resourceVersionMatch"] == "NotOlderThan")
      #expect(first["watch"] == "true" && first["allowWatchBookmarks"] == "true" && first["limit"] == nil)
      #expect(harness.api.query(1)["resourceVersion"] == "10" && harness.api.query(1)["sendInitialEvents"] == nil)
    }
  }

  @Test func `an object that is deleted while a list is streamed is not in the list`() async throws {
    try await ReflectorHarness.following(
      [
        Told.watch([
          Told.event("ADDED", "a", "3"), Told.event("ADDED", "b", "4"), Told.event("DELETED", "a", "5"),
          Told.bookmark("5", endsList: true),
        ])
      ], minor: "34"
    ) { harness in
      try await until { !harness.news.isEmpty }
      #expect(harness.news == ["all b"])
    }
  }

  /// A server that refuses to stream a list, that ends in the middle of it, or that takes the question for a plain watch.
  @Test(arguments: [
    Told.refusal(400, "BadRequest", "sendInitialEvents is unknown"),
    Told.refusal(422, "Invalid", "sendInitialEvents is forbidden for watch"),
    Told.watch([Told.event("ADDED", "half", "1")], .whole),
    Told.watch([Told.event("ADDED", "half", "1")], .hold),
    Told.watch([], .hold),
  ])
  func `a list is requested where the server does not stream it`(refusal: ScriptedAPI.Reply) async throws {
    var pace = ReflectorHarness.pace
    if refusal.end == .hold { pace.patience = .milliseconds(100) }
    try await ReflectorHarness.following(
      [Told.list(["a"], version: "5"), Told.watch([], .whole)], minor: "34", streamed: refusal, pace: pace
    ) { harness in
      try await until { harness.api.requests.count == 3 }
      #expect(harness.news == ["all a"])
      #expect(harness.api.query(0) == ["labelSelector": "model", "limit": "500"])
      #expect(harness.api.query(1)["resourceVersion"] == "5" && harness.api.query(1)["sendInitialEvents"] == nil)
    }
  }

  @Test(arguments: ["26", "20+", nil]) func `an old server is not asked to stream`(minor: String?) async throws {
    try await ReflectorHarness.following([Told.list(["a"], version: "5")], minor: minor) { harness in
      try await until { harness.api.requests.count == 2 }
      #expect(harness.api.query(0)["sendInitialEvents"] == nil)
    }
  }

  @Test func `a watch that ends is opened again from the last version`() async throws {
    try await ReflectorHarness.following([
      Told.list(["a"], version: "5"), Told.watch([Told.event("MODIFIED", "a", "8")], .whole),
      Told.watch([Told.bookmark("20")], .whole), Told.watch([], .whole),
    ]) { harness in
      try await until { harness.api.requests.count == 5 }
      #expect((1...4).map { harness.api.query($0)["resourceVersion"] } == ["5", "8", "20", "20"])
      #expect(harness.news == ["all a", "changed a"])
    }
  }

  @Test func `a reflector lists everything anew from time to time`() async throws {
    var pace = ReflectorHarness.pace
    pace.reconcile = .zero
    try await ReflectorHarness.following(
      [
        Told.list(["a"], version: "5"), Told.watch([], .whole), Told.list(["b"], version: "6"), Told.watch([]),
      ], pace: pace
    ) { harness in
      try await until { harness.api.requests.count == 4 }
      #expect(harness.news == ["all a", "all b"])
      #expect(harness.api.query(2) == ["labelSelector": "model", "limit": "500"])
    }
  }
}
