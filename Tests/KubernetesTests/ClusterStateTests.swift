import Catalog
import FoundationEssentials
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("A cluster's objects in the fleet")
struct ClusterStateTests {
  let now = Timestamp(microseconds: 1)

  func cluster(
    cluster: String? = nil, namespaces: [String] = [], labels: [String] = ["zone"], selector: String? = nil
  ) throws -> ClusterState {
    ClusterState(
      try KubernetesSettings(cluster: cluster, namespaces: namespaces, selector: selector, labels: labels),
      source: SourceID(.kubernetes, "k"))
  }

  func decoded<Object: Decodable>(_ text: String) throws -> Object {
    try JSONDecoder().decode(Object.self, from: Data(text.utf8))
  }

  /// A pod as the API writes it; `more` are members of its metadata, `status` of its status.
  func pod(
    _ name: String, uid: String = "u", labels: String = "", more: String = "", spec: String = "{}",
    status: String = #""phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}]"#
  ) throws -> KubePod {
    try decoded(
      #"{"metadata":{"name":"\#(name)","namespace":"team-a","uid":"\#(uid)","labels":{"model.aibrix.ai/name":"m"\#(labels)}\#(more)},"spec":\#(spec),"status":{\#(status)}}"#
    )
  }

  func deployment(_ replicas: Int) throws -> KubeDeployment {
    try decoded(
      #"{"metadata":{"name":"d","namespace":"team-a"},"spec":{"replicas":\#(replicas),"template":{"metadata":{"labels":{"model.aibrix.ai/name":"m"}}}}}"#
    )
  }

  func owner(_ name: String) -> String {
    #","ownerReferences":[{"kind":"ReplicaSet","name":"\#(name)-1a","controller":true}]"#
  }

  @Test func `a ready pod is an engine`() throws {
    var cluster = try cluster(cluster: "k1")
    let spec = #"""
      {"containers":[{"ports":[{"name":"metrics","containerPort":9090},{"name":"http","containerPort":8080}],
      "resources":{"limits":{"nvidia.com/gpu":"2","memory":"8Gi","cpu":4},"requests":{"nvidia.com/gpu":2}}},
      {"resources":{"limits":{"nvidia.com/gpu":1}}}]}
      """#
    let pod = try pod(
      "p", labels: #","model.aibrix.ai/engine":"vLLM","zone":"z1","secret":"s","pod-template-hash":"1a""#,
      more: #","annotations":{"model.aibrix.ai/name":"org/model","model.aibrix.ai/version":"v7"}"# + owner("d"),
      spec: spec)
    let isNews = cluster.apply(.all([pod]), in: "", at: now)
    #expect(isNews)
    let answer = try cluster.answer()
    let engine = try #require(answer.engines.first)
    #expect(engine.id == "k1/team-a/p:8080" && engine.url.description == "http://10.0.0.1:8080")
    #expect(engine.namespace == "team-a" && engine.cluster == "k1" && engine.kind == .vllm)
    #expect(engine.models == ["org/model"] && engine.modelVersion == "v7" && engine.podUID == "u")
    #expect(engine.labels == ["zone": "z1"] && engine.resources == ["nvidia.com/gpu": 3])
    #expect(engine.workload == "k1/team-a/Deployment d" && engine.lifecycle == .none)
    #expect(answer.parts[0].trust == .reported && answer.unprobed.isEmpty && answer.outage == nil)
  }

  @Test(arguments: [
    (#""phase":"Running","podIP":"1.1.1.1""#, "", LifecycleHint.starting("pod is not Ready")),
    (
      #""phase":"Running","podIP":"1.1.1.1","conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady","message":"[vllm]"}]"#,
      "", .starting("pod is not Ready: ContainersNotReady, [vllm]")
    ),
    (
      #""phase":"Running","podIP":"1.1.1.1","conditions":[{"type":"Ready","status":"False","lastTransitionTime":"2026-01-02T00:00:00Z"}],"containerStatuses":[{"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]"#,
      "", .unready("pod is not Ready")
    ),
    (
      #""phase":"Running","podIP":"1.1.1.1","containerStatuses":[{"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}}]"#,
      "", .failing("pod: CrashLoopBackOff, back-off")
    ),
    (
      #""phase":"Running","podIP":"1.1.1.1","conditions":[{"type":"Ready","status":"True"}]"#,
      #","deletionTimestamp":"2026-01-01T00:00:00Z""#, .ending("pod is terminating")
    ),
  ])
  func `a pod's status is its engine's lifecycle hint`(status: String, more: String, lifecycle: LifecycleHint) throws {
    var cluster = try cluster()
    _ = cluster.apply(.all([try pod("p", more: more, status: status)]), in: "", at: now)
    let answer = try cluster.answer()
    #expect(answer.engines.first?.lifecycle == lifecycle)
  }

  @Test(arguments: [
    (#""phase":"Pending""#, ModelState.loading, "pod is Pending"),
    (
      #""phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"}]"#,
      .loading, "pod is Pending: Unschedulable, 0/3 nodes"
    ),
    (
      #""phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ImagePullBackOff"}}}]"#, .failed,
      "pod: ImagePullBackOff"
    ),
    (#""phase":"Failed","podIP":"1.1.1.1","reason":"Evicted""#, .failed, "pod failed: Evicted"),
  ])
  func `a pod without an address is an unprobed engine`(status: String, state: ModelState, reason: String) throws {
    var cluster = try cluster()
    _ = cluster.apply(.all([try pod("p", status: status)]), in: "", at: now)
    let answer = try cluster.answer()
    let told = try #require(answer.unprobed.first)
    #expect(answer.engines.isEmpty && told.facts.id == "team-a/p:8000" && told.facts.endpoint.isEmpty)
    #expect(told.facts.condition.state == state && told.facts.condition.reason == reason)
    #expect(told.models?.map(\.modelID) == ["m"])
  }

  @Test func `a pod that was ready is unready, not starting`() throws {
    var cluster = try cluster()
    let notReady = #""phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"False"}]"#
    _ = cluster.apply(.all([try pod("p")]), in: "", at: now)
    _ = cluster.apply(.changed(try pod("p", status: notReady)), in: "", at: now)
    let answer = try cluster.answer()
    #expect(answer.engines.first?.lifecycle == .unready("pod is not Ready"))
    _ = cluster.apply(.changed(try pod("p", uid: "other", status: notReady)), in: "", at: now)
    let next1 = try cluster.answer()
    #expect(next1.engines.first?.lifecycle == .starting("pod is not Ready"))
  }

  @Test func `a pod that ends is reported once`() throws {
    var cluster = try cluster()
    _ = cluster.apply(.all([try pod("p"), try pod("q", uid: "v")]), in: "", at: now)
    _ = try cluster.answer()
    let isStale = cluster.apply(.deleted(try pod("p", uid: "older")), in: "", at: now)
    #expect(!isStale, "an old event of a pod that had the name before")
    _ = cluster.apply(.deleted(try pod("p")), in: "", at: now)
    _ = cluster.apply(.changed(try pod("q", uid: "v", status: #""phase":"Succeeded""#)), in: "", at: now)
    let answer = try cluster.answer()
    #expect(answer.ended == ["team-a/p:8000", "team-a/q:8000"])
    let next1 = try cluster.answer()
    #expect(next1.ended.isEmpty && next1.engines.isEmpty)
  }

  @Test func `an object that a list omits has not ended before its deletion event`() throws {
    var cluster = try cluster()
    let pods = [try pod("p"), try pod("q", uid: "v")]
    _ = cluster.apply(.all(pods), in: "", at: now)
    _ = cluster.apply(.all([try deployment(0)]), in: "")
    _ = try cluster.answer()
    _ = cluster.apply(ReflectorEvent<KubePod>.all([]), in: "", at: now)
    _ = cluster.apply(ReflectorEvent<KubeDeployment>.all([]), in: "")
    let mistaken = try cluster.answer()
    #expect(mistaken.engines.isEmpty && mistaken.unprobed.isEmpty && mistaken.ended.isEmpty)
    let isNews = cluster.apply(.deleted(pods[0]), in: "", at: now)
    let answer = try cluster.answer()
    #expect(isNews && answer.ended == ["team-a/p:8000"])
  }

  @Test func `an object that an event removes has ended`() throws {
    var cluster = try cluster()
    _ = cluster.apply(ReflectorEvent<KubePod>.all([]), in: "", at: now)
    _ = cluster.apply(.all([try deployment(2)]), in: "")
    _ = try cluster.answer()
    let pod = try pod("p", labels: #","pod-template-hash":"1a""#, more: owner("d"))
    _ = cluster.apply(.changed(pod), in: "", at: now)
    let busy = try cluster.answer()
    #expect(busy.ended == ["team-a/d"], "what stood for it")
    _ = cluster.apply(.changed(try deployment(0)), in: "")
    _ = try cluster.answer()
    _ = cluster.apply(.deleted(try deployment(0)), in: "")
    let answer = try cluster.answer()
    #expect(answer.ended == ["team-a/d"])
  }

  @Test func `a Deployment stands in for its missing pods`() throws {
    var cluster = try cluster()
    let pod = try pod("p", labels: #","pod-template-hash":"1a""#, more: owner("d"))
    _ = cluster.apply(ReflectorEvent<KubePod>.all([]), in: "", at: now)
    _ = cluster.apply(.all([try deployment(0)]), in: "")
    func told() throws -> [String] {
      try cluster.answer().unprobed.map {
        "\($0.facts.id) \($0.facts.condition.state.name) \($0.facts.condition.reason)"
      }
    }
    #expect(try told() == ["team-a/d COLD Deployment d is scaled to 0"])
    _ = cluster.apply(.changed(try deployment(2)), in: "")
    #expect(try told() == ["team-a/d LOADING Deployment d wants 2 and has no pod yet"])
    _ = cluster.apply(.changed(pod), in: "", at: now)
    #expect(try told() == [])
    _ = cluster.apply(.changed(try deployment(0)), in: "")
    #expect(try told() == ["team-a/d COLD Deployment d is scaled to 0"], "its last pods may still be there")
    _ = cluster.apply(.deleted(try deployment(0)), in: "")
    #expect(try told() == [])
  }

  @Test func `a Deployment of other pods is no engine`() throws {
    var cluster = try cluster(selector: "app=vllm")
    _ = cluster.apply(ReflectorEvent<KubePod>.all([]), in: "", at: now)
    _ = cluster.apply(.all([try deployment(0)]), in: "")
    let answer = try cluster.answer()
    #expect(answer.unprobed.isEmpty)
  }

  @Test func `an adapter that is not served yet is LOADING`() throws {
    var cluster = try cluster()
    func adapter(_ phase: String) throws -> KubeAdapter {
      try decoded(
        #"{"metadata":{"name":"lora","namespace":"team-a"},"spec":{"baseModel":"m","artifactURL":"s3://x"},"status":{"phase":"\#(phase)"}}"#
      )
    }
    _ = cluster.apply(ReflectorEvent<KubePod>.all([]), in: "", at: now)
    _ = cluster.apply(.all([try adapter("Pending")]), in: "", at: now)
    let first = try cluster.answer()
    let told = try #require(first.unprobed.first)
    #expect(told.facts.condition.state == .loading && told.facts.id == "team-a/modeladapter/lora")
    #expect(told.models == [ReplicaFacts(modelID: "lora", kind: .adapter, root: "s3://x", parent: "m")])
    _ = cluster.apply(.changed(try adapter("Running")), in: "", at: now)
    let answer = try cluster.answer()
    #expect(answer.unprobed.isEmpty)
  }

  @Test func `a namespace that cannot be read is reported as an outage`() throws {
    var cluster = try cluster(namespaces: ["team-a", "team-b"])
    _ = cluster.apply(.all([try pod("p")]), in: "team-a", at: now)
    _ = cluster.apply(
      ReflectorEvent<KubePod>.failed(KubeError("HTTP 403 Forbidden", status: 403)), in: "team-b", at: now)
    let answer = try cluster.answer()
    #expect(answer.engines.count == 1 && answer.outage == "namespace team-b: HTTP 403 Forbidden")
    let isNews = cluster.apply(ReflectorEvent<KubePod>.answered, in: "team-b", at: now)
    let next = try cluster.answer()
    #expect(isNews && next.outage == nil)
  }

  @Test(arguments: [("2", 2.0), ("500m", 0.5), ("1Ki", 1024), ("1e3", 1000), ("x", nil), ("-1", nil), ("inf", nil)])
  func `a quantity is a number`(text: String, value: Double?) {
    #expect(KubeQuantity(text).value == value)
  }

  @Test func `lines are split from any pieces of bytes`() throws {
    var lines = Lines(limit: 4)
    var seen: [String] = []
    for piece in ["a", "b\n", "\n", "cd\ne", "f\n"] {
      seen += try lines.take(Array(piece.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(seen == ["ab", "cd", "ef"])
    #expect(throws: KubeError.self) {
      var lines = Lines(limit: 4)
      _ = try lines.take(Array("12345".utf8))
    }
  }
}

extension ClusterState {
  /// The next answer, which must not be missing.
  mutating func answer() throws -> SourceAnswer {
    let report = report(at: Timestamp(microseconds: 1))
    return try #require(report.answer)
  }
}
