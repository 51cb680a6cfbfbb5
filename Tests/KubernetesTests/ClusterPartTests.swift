import Catalog
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("The parts of a cluster's answer")
struct ClusterPartTests {
  let now = ContinuousClock.now

  @Test func `each resource of each namespace is a part in every answer`() throws {
    var harness = try StateHarness(["a", "b"])
    #expect(harness.parts().isEmpty, "nothing is known")
    _ = harness.pods(.all([try ObjectMaker.pod("p")]), "a")
    var parts = harness.parts()
    #expect(
      parts.keys.sorted() == [
        "deployments/a", "deployments/b", "modeladapters/a", "modeladapters/b", "pods/a", "pods/b",
      ])
    #expect(parts.filter(\.value.isComplete).keys.sorted() == ["pods/a"])
    #expect(parts.values.allSatisfy { $0.outage == nil && $0.isAskable })
    #expect(parts.filter(\.value.isPending).count == 5)
    _ = harness.pods(.failed(Refused.away), "a")
    _ = harness.pods(.all([]), "b")
    parts = harness.parts()
    #expect(parts.filter(\.value.isComplete).keys.sorted() == ["pods/b"])
    #expect(parts["pods/a"]?.outage == "namespace a: connection refused" && parts["pods/a"]?.engines.count == 1)
    var whole = try StateHarness()
    _ = whole.pods(.all([]))
    #expect(whole.parts().keys.sorted() == ["deployments", "modeladapters", "pods"])
  }

  @Test func `a missing right hides a part without an outage, except for pods`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    _ = harness.deployments(.failed(Refused.forbidden))
    _ = harness.adapters(.failed(Refused.forbidden))
    var parts = harness.parts()
    for name in ["deployments", "modeladapters"] {
      #expect(parts[name]?.isComplete == false && parts[name]?.outage == nil && parts[name]?.isPending == false)
    }
    _ = harness.deployments(.failed(Refused.away))
    _ = harness.pods(.failed(Refused.forbidden))
    parts = harness.parts()
    #expect(parts["deployments"]?.outage == "connection refused" && parts["pods"]?.outage == "HTTP 403 Forbidden")
  }

  @Test func `a cluster without AIBrix has no adapters`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    _ = harness.adapters(.all([try ObjectMaker.adapter("lora", "Pending")]))
    #expect(harness.engines() == ["a/modeladapter/lora LOADING"])
    harness.state.noteAdapters(Refused.missing)
    #expect(harness.parts()["modeladapters"]?.isComplete == false)
    harness.state.noteMissingAdapters()
    let part = harness.parts()["modeladapters"]
    #expect(part?.isComplete == true && part?.unprobed.isEmpty == true && part?.ended == ["a/modeladapter/lora"])
  }

  @Test func `Deployments are not complete without their pods`() throws {
    var harness = try StateHarness()
    _ = harness.deployments(.all([try ObjectMaker.deployment("cold", 0), try ObjectMaker.deployment("d", 1)]))
    var part = harness.parts()["deployments"]
    #expect(part?.isComplete == false && part?.unprobed.map(\.facts.id) == ["a/cold"] && part?.ended == [])
    _ = harness.pods(.all([try ObjectMaker.pod("p", of: "d")]))
    part = harness.parts()["deployments"]
    #expect(part?.isComplete == true && part?.unprobed.map(\.facts.id) == ["a/cold"])
    #expect(part?.ended == ["a/d"], "the store may remember its placeholder")
    #expect(harness.parts()["deployments"]?.ended == [])
  }

  @Test func `pods that a first list shows as no engines have ended`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("p", .succeeded), try ObjectMaker.pod("q")]))
    let part = harness.parts()["pods"]
    #expect(part?.engines.map(\.id) == ["a/q:8000"] && part?.ended == ["a/p:8000"])
  }

  /// A pod's event may tell much that is nothing to the fleet.
  @Test func `an event that changes nothing for the fleet is not reported`() throws {
    var harness = try StateHarness()
    let pending = try ObjectMaker.pod("pending", .notReady, ip: "")
    _ = harness.pods(.all([try ObjectMaker.pod("p"), pending]))
    _ = harness.deployments(.all([try ObjectMaker.deployment("d", 0)]))
    let noted = try ObjectMaker.pod("p", more: #""annotations":{"checked":"now"},"resourceVersion":"7""#)
    #expect(harness.pods(.changed(noted)) == false)
    // The event comes later, and the state is the same.
    #expect(harness.state.apply(.changed(pending), in: "", at: Timestamp(microseconds: 99)) == false)
    #expect(harness.deployments(.changed(try ObjectMaker.deployment("d", 0))) == false)
    #expect(harness.deployments(.changed(try ObjectMaker.deployment("other", 0, model: nil))) == false)
    #expect(harness.deployments(.deleted(try ObjectMaker.deployment("other", 0, model: nil))) == false)
    #expect(harness.pods(.changed(try ObjectMaker.pod("p", .notReady))) == true)
    #expect(harness.pods(.failed(Refused.away)) == true)
    #expect(harness.pods(.changed(try ObjectMaker.pod("p", .notReady))) == true, "the source answers again")
  }

  @Test func `objects stay in the order of their names`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("c", ip: "10.0.0.3"), try ObjectMaker.pod("a", ip: "10.0.0.1")]))
    for name in ["d", "b", "0"] {
      _ = harness.pods(.changed(try ObjectMaker.pod(name, ip: "10.1.0.\(name.utf8.count)")))
    }
    _ = harness.pods(.deleted(try ObjectMaker.pod("c")))
    let names = harness.parts()["pods"]?.engines.map(\.id) ?? []
    #expect(names == names.sorted())
  }

  // Names.

  @Test(arguments: [
    ("pods/a", "k/a/p:8000", "/api/v1/namespaces/a/pods/p"), ("pods", "k/b/p.q-1:1", "/api/v1/namespaces/b/pods/p.q-1"),
    ("deployments", "k/a/d", "/apis/apps/v1/namespaces/a/deployments/d"),
    ("modeladapters/a", "k/a/modeladapter/x", "/apis/model.aibrix.ai/v1alpha1/namespaces/a/modeladapters/x"),
    ("pods/a", "k/b/p:8000", nil), ("pods", "a/p:8000", nil), ("pods", "k/a/p", nil), ("pods", "k/a/../p:1", nil),
    ("pods", "k/a/..:1", nil), ("pods", "k/a/p?x:1", nil), ("deployments", "k/a/modeladapter/x", nil),
    ("modeladapters", "k/a/x", nil), ("pods", "k//p:1", nil),
  ])
  func `an engine's id names its object`(part: String, id: String, path: String?) throws {
    let part = try #require(ClusterPart(name: part))
    let object = ObjectName(engine: id, of: part, prefix: "k/")
    #expect(object.map { part.path(of: $0) } == path)
  }

  @Test func `a part is read from its name`() {
    #expect(ClusterPart(name: "pods") == ClusterPart(.pods, ""))
    #expect(ClusterPart(name: "modeladapters/a") == ClusterPart(.adapters, "a"))
    #expect(ClusterPart(name: "nodes") == nil && ClusterPart(name: "pods/a/b") == nil && ClusterPart(name: "") == nil)
  }

  // Lookups.

  let omitted = OmittedEngine(part: "pods", id: "a/p:8000", podUID: "uid-p")

  @Test func `an object that the server has not is denied`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    #expect(harness.lookUp(omitted, .missing, at: now) == true)
    let report = harness.state.report(at: Timestamp(microseconds: 4))
    #expect(report.denied == [omitted] && report.answer != nil)
    #expect(harness.state.report(at: Timestamp(microseconds: 5)).denied.isEmpty)
  }

  @Test func `an object that the server has comes back`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    #expect(harness.lookUp(omitted, .pod(try ObjectMaker.pod("p")), at: now) == true)
    let part = harness.parts()["pods"]
    #expect(part?.engines.map(\.id) == ["a/p:8000"] && part?.ended == [])
    _ = harness.pods(.deleted(try ObjectMaker.pod("p")))
    #expect(harness.parts()["pods"]?.ended == ["a/p:8000"])
  }

  @Test func `an object that is no such engine any more has ended`() throws {
    let strangers = [
      try ObjectMaker.pod("p", .succeeded), try ObjectMaker.pod("p", labels: ["model.aibrix.ai/port": "9"]),
      try ObjectMaker.pod("p", labels: ["ray.io/node-type": "worker"]),
    ]
    for stranger in strangers {
      var harness = try StateHarness()
      _ = harness.pods(.all([]))
      #expect(harness.lookUp(omitted, .pod(stranger), at: now) == true)
      let report = harness.state.report(at: Timestamp(microseconds: 4))
      #expect(report.denied.isEmpty && report.answer?.ended == ["a/p:8000"])
    }
    var harness = try StateHarness(selector: "app=x")
    _ = harness.pods(.all([]))
    #expect(harness.lookUp(omitted, .pod(try ObjectMaker.pod("p")), at: now) == true)
    let part = harness.parts()["pods"]
    #expect(part?.engines.isEmpty == true && part?.ended == ["a/p:8000"], "the selector does not choose it")
  }

  @Test func `a newer pod of the same name takes the place of the old one`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    let engine = OmittedEngine(part: "pods", id: "a/p:8000", podUID: "older")
    #expect(harness.lookUp(engine, .pod(try ObjectMaker.pod("p")), at: now) == true)
    #expect(harness.parts()["pods"]?.engines.map(\.podUID) == ["uid-p"])
  }

  @Test func `a Deployment is looked up as a pod is`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("p", of: "busy")]))
    _ = harness.deployments(.all([]))
    for (name, object) in [
      ("d", try ObjectMaker.deployment("d", 0)), ("busy", try ObjectMaker.deployment("busy", 1)),
      ("other", try ObjectMaker.deployment("other", 0, model: nil)),
    ] {
      let engine = OmittedEngine(part: "deployments", id: "a/\(name)", podUID: "")
      #expect(harness.lookUp(engine, .deployment(object), at: now) == true)
    }
    let part = harness.parts()["deployments"]
    #expect(part?.unprobed.map(\.facts.id) == ["a/d"] && part?.ended == ["a/busy", "a/other"])
  }

  /// The server read the object before it was deleted.
  @Test func `a result that an event or a list overtook does not count`() throws {
    let pod = try ObjectMaker.pod("p")
    for event in [ReflectorEvent.deleted(pod), .all([])] {
      var harness = try StateHarness()
      _ = harness.pods(.all([]))
      harness.state.expect([omitted])
      #expect(harness.state.lookups.start(at: now) == omitted)
      _ = harness.pods(event)
      #expect(harness.state.resolve(omitted, .pod(pod), at: Timestamp(microseconds: 1), up: now) == false)
      #expect(harness.engines().isEmpty)
      #expect(harness.state.lookups.start(at: now) == omitted, "it is looked up again")
    }
  }

  @Test func `an event for another pod overtakes no lookup`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    harness.state.expect([omitted])
    #expect(harness.state.lookups.start(at: now) == omitted)
    _ = harness.pods(.changed(try ObjectMaker.pod("q", ip: "10.0.0.2")))
    _ = harness.deployments(.all([]))
    #expect(harness.state.resolve(omitted, .missing, at: Timestamp(microseconds: 1), up: now) == true)
  }

  @Test func `an object that came back after it was missing is not denied`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    #expect(harness.lookUp(omitted, .missing, at: now) == true)
    _ = harness.pods(.changed(try ObjectMaker.pod("p")))
    let report = harness.state.report(at: Timestamp(microseconds: 4))
    #expect(report.denied.isEmpty && report.answer?.engines.count == 1)
  }

  @Test func `a part whose objects cannot be read is not askable until they can`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try ObjectMaker.pod("q", ip: "10.0.0.2")]))
    #expect(harness.lookUp(omitted, .forbidden(Refused.forbidden), at: now) == true)
    var parts = harness.parts()
    #expect(parts["pods"]?.isAskable == false && parts["deployments"]?.isAskable == true)
    #expect(harness.state.lookups.start(at: now) == nil)
    // A list is the occasion to try with an object that is there.
    _ = harness.pods(.all([try ObjectMaker.pod("q", ip: "10.0.0.2")]))
    let trial = OmittedEngine(part: "pods", id: "a/q:8000", podUID: "uid-q")
    harness.state.expect([])
    #expect(harness.state.lookups.start(at: now) == trial)
    #expect(harness.state.resolve(trial, .missing, at: Timestamp(microseconds: 1), up: now) == true)
    parts = harness.parts()
    #expect(parts["pods"]?.isAskable == true && parts["pods"]?.engines.count == 1 && parts["pods"]?.ended == [])
  }

  @Test func `a lookup that fails is repeated when the server asks for it`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([]))
    let busy = KubeError("HTTP 429 Too Many Requests", status: 429, retryAfter: .seconds(7))
    #expect(harness.lookUp(omitted, .failed(busy), at: now) == false)
    #expect(harness.state.lookups.start(at: now + .seconds(6)) == nil)
    #expect(harness.state.lookups.start(at: now + .seconds(11)) == omitted)
  }
}
