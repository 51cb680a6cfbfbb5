import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Pods that are no replicas")
struct PodStandingTests {
  // Addresses that are used again.

  @Test(arguments: [
    (ObjectMaker.Status.ready, #""deletionTimestamp":"2026-01-02T00:00:00Z""#), (.unknown, ""), (.notReady, ""),
    (.ready, ""),
  ])
  func `the newest Ready pod owns its address, in whichever namespace`(
    old: ObjectMaker.Status, more: String
  ) throws {
    for (first, second) in [("a/old", "a/new"), ("a/old", "b/new")] {
      var harness = try StateHarness(["a", "b"])
      let old = try ObjectMaker.pod(first, old, created: 1, more: more)
      _ = harness.pods(.all([old]), "a")
      #expect(harness.engines() == ["a/old:8000"])
      // The part of the old pod fails from now on.
      _ = harness.pods(.failed(Refused.away), "a")
      let scope = second.hasPrefix("a") ? "a" : "b"
      _ = harness.pods(.changed(try ObjectMaker.pod(second, .notReady, created: 2)), scope)
      #expect(harness.engines().contains("a/old:8000"), "no pod that is not Ready owns an address")
      _ = harness.pods(.changed(try ObjectMaker.pod(second, created: 2)), scope)
      if scope == "a" { _ = harness.pods(.failed(Refused.away), "a") }
      let parts = harness.parts()
      #expect(parts["pods/a"]?.ended == ["a/old:8000"])
      #expect(parts.values.flatMap(\.engines).map(\.id) == ["\(scope)/new:8000"])
      _ = harness.pods(.deleted(try ObjectMaker.pod(second, created: 2)), scope)
      #expect(harness.engines() == ["a/old:8000"], "the address has no other owner")
    }
  }

  @Test func `pods with one address and two ports are two engines`() throws {
    var harness = try StateHarness()
    let port = ["model.aibrix.ai/port": "9000"]
    _ = harness.pods(.all([try ObjectMaker.pod("p"), try ObjectMaker.pod("q", created: 1, labels: port)]))
    #expect(harness.engines() == ["a/p:8000", "a/q:9000"])
  }

  @Test func `of two pods of the same second the greater UID owns the address`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("q", created: 1), try ObjectMaker.pod("p", created: 1)]))
    #expect(harness.engines() == ["a/q:8000"])
  }

  // Failed pods.

  /// `wanted`: the replicas of the Deployment; nil: there is no Deployment.
  @Test(
    arguments: [
      (wanted: 1, alive: 1, failed: 3, shown: 0), (1, 2, 3, 0), (0, 0, 1, 0), (2, 1, 1, 1), (2, 1, 3, 1), (3, 1, 5, 2),
      (2, 0, 2, 2), (1, 0, 4, 1), (nil, 1, 3, 0), (nil, 0, 1, 1),
    ] as [(Int?, Int, Int, Int)])
  func `a Failed pod is a replica while nobody replaced it`(
    wanted: Int?, alive: Int, failed: Int, shown: Int
  ) throws {
    var harness = try StateHarness()
    if let wanted { _ = harness.deployments(.all([try ObjectMaker.deployment("d", wanted)])) }
    let failures = try (0..<failed).map { try ObjectMaker.pod("f\($0)", .evicted, of: "d", created: $0) }
    let others = try (0..<alive).map { try ObjectMaker.pod("p\($0)", ip: "10.0.0.\($0)", of: "d", created: 20) }
    _ = harness.pods(.all(failures + others))
    let engines = harness.engines()
    #expect(engines.filter { $0.hasSuffix(" FAILED") }.count == shown)
    #expect(engines.filter { !$0.contains(" ") }.count == alive)
    #expect(engines.contains("a/d COLD") == (wanted == 0))
  }

  @Test func `a Failed pod without a controller is a replica`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("bare", .evicted), try ObjectMaker.pod("other", created: 5)]))
    #expect(harness.engines() == ["a/other:8000", "a/bare:8000 FAILED"])
  }

  @Test(arguments: ["StatefulSet", "DaemonSet"])
  func `a pod of its own name is replaced by no other pod`(kind: String) throws {
    var harness = try StateHarness()
    let owner = (kind: kind, name: "s")
    _ = harness.pods(
      .all([
        try ObjectMaker.pod("s-0", owner: owner, created: 3),
        try ObjectMaker.pod("s-1", .evicted, owner: owner, created: 2),
      ]))
    #expect(harness.engines() == ["a/s-0:8000", "a/s-1:8000 FAILED"])
  }

  @Test func `a ReplicaSet's Failed pods without times are replaced by the pod that runs`() throws {
    var harness = try StateHarness()
    let owner = (kind: "ReplicaSet", name: "rs-1")
    let failed = try (1...3).map { try ObjectMaker.pod("m-\($0)", .evicted, owner: owner) }
    _ = harness.pods(.all(failed + [try ObjectMaker.pod("m-ok", owner: owner)]))
    #expect(harness.engines() == ["a/m-ok:8000"])
    _ = harness.pods(.deleted(try ObjectMaker.pod("m-ok", owner: owner)))
    #expect(harness.engines() == [], "what was replaced does not come back")
  }

  /// As with the strategy Recreate, which has no pod for a moment.
  @Test func `a pod that was replaced is no replica during a rollout`() throws {
    var harness = try StateHarness()
    let running = try ObjectMaker.pod("p", of: "d", created: 9)
    _ = harness.deployments(.all([try ObjectMaker.deployment("d", 1)]))
    _ = harness.pods(.all([try ObjectMaker.pod("f", .evicted, of: "d", created: 1), running]))
    #expect(harness.engines() == ["a/p:8000"])
    _ = harness.pods(.deleted(running))
    #expect(harness.engines() == ["a/d LOADING"])
    _ = harness.deployments(.changed(try ObjectMaker.deployment("d", 2)))
    #expect(harness.engines() == ["a/d LOADING"])
  }

  @Test func `a pod that fails is shown until its replacement comes`() throws {
    var harness = try StateHarness()
    _ = harness.deployments(.all([try ObjectMaker.deployment("d", 1)]))
    _ = harness.pods(.all([try ObjectMaker.pod("p", of: "d", created: 1)]))
    _ = harness.pods(.changed(try ObjectMaker.pod("p", .evicted, of: "d", created: 1)))
    #expect(harness.engines() == ["a/p:8000 FAILED"])
    _ = harness.pods(.changed(try ObjectMaker.pod("q", .notReady, of: "d", created: 2)))
    let pods = harness.parts()["pods"]
    #expect(pods?.engines.map(\.id) == ["a/q:8000"] && pods?.unprobed.isEmpty == true && pods?.ended == ["a/p:8000"])
  }

  // Helpers.

  @Test(arguments: [
    (["leaderworkerset.sigs.k8s.io/worker-index": "0"], true),
    (["leaderworkerset.sigs.k8s.io/worker-index": "1"], false), (["ray.io/node-type": "worker"], false),
    (["ray.io/node-type": "head"], true),
  ])
  func `a pod that helps another pod is no engine`(labels: [String: String], isEngine: Bool) throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("g", labels: labels), try ObjectMaker.pod("h", ip: "10.0.0.2")]))
    #expect(harness.engines() == (isEngine ? ["a/g:8000", "a/h:8000"] : ["a/h:8000"]))
  }

  @Test func `a helper owns no address and replaces no pod`() throws {
    var harness = try StateHarness()
    let owner = (kind: "ReplicaSet", name: "r")
    let helper = ["ray.io/node-type": "worker"]
    _ = harness.pods(
      .all([
        try ObjectMaker.pod("g", created: 1), try ObjectMaker.pod("w", owner: owner, created: 9, labels: helper),
        try ObjectMaker.pod("f", .evicted, owner: owner, created: 2),
      ]))
    #expect(harness.engines() == ["a/g:8000", "a/f:8000 FAILED"])
  }
}
