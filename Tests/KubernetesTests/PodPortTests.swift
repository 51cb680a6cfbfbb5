import Catalog
import FoundationEssentials
import HTTP
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Pods of several engines")
struct PodPortTests {
  /// Two engines that are named `http`-something, and metrics.
  static let ports =
    #"{"ports":[{"name":"http-a","containerPort":8000},{"name":"http-b","containerPort":8001},{"name":"metrics","containerPort":9000}]}"#

  func pod(
    _ name: String = "p", _ status: ObjectMaker.Status = .ready, ip: String = "10.0.0.1",
    of owner: (kind: String, name: String)? = nil, created: Int? = nil, annotations: [String: String] = [:],
    containers: String = PodPortTests.ports, more: String = ""
  ) throws -> KubePod {
    let texts = annotations.map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
    return try ObjectMaker.pod(
      name, status, ip: ip, owner: owner, created: created,
      labels: owner?.kind == "ReplicaSet" ? ["pod-template-hash": "1a"] : [:],
      more: #""annotations":{\#(texts)}"# + (more.isEmpty ? "" : "," + more), containers: containers)
  }

  @Test(
    arguments: [
      ([:], [], ["a/p:8000"]), (["model.aibrix.ai/port": "9"], ["http*"], ["a/p:9"]),
      (["rollcall.io/ports": "8000,8001"], [], ["a/p:8000", "a/p:8001"]),
      (["rollcall.io/ports": " http-b , 7000,8001,http-b"], ["http*"], ["a/p:8001", "a/p:7000"]),
      (["rollcall.io/ports": "http*"], [], ["a/p:8000", "a/p:8001"]), (["rollcall.io/ports": " , "], [], ["a/p:8000"]),
      (["rollcall.io/ports": "0,8001,-x_,http*"], [], ["a/p:8001", "a/p:8000"]),
      (["rollcall.io/ports": "http-a", "model.aibrix.ai/port": "9"], [], ["a/p:8000"]),
      ([:], ["http*"], ["a/p:8000", "a/p:8001"]), ([:], ["http-b"], ["a/p:8001"]),
      ([:], ["8000", "8001"], ["a/p:8000", "a/p:8001"]),
      // A pod that has none of the source's ports has its usual port.
      ([:], ["grpc"], ["a/p:8000"]),
    ] as [([String: String], [String], [String])])
  func `each port that a pod or its source names is an engine`(
    annotations: [String: String], ports: [String], ids: [String]
  ) throws {
    var harness = try StateHarness(ports: ports)
    _ = harness.pods(.all([try pod(annotations: annotations)]))
    let engines = harness.parts()["pods"]?.engines ?? []
    #expect(engines.map(\.id) == ids)
    #expect(engines.map(\.url.description) == ids.map { "http://10.0.0.1:\($0.dropFirst(4))" })
    #expect(engines.allSatisfy { $0.podUID == "uid-p" && $0.models == ["m"] })
  }

  @Test func `a pod that names no port itself has the port that it always had`() throws {
    for (containers, port) in [
      ("", 8000), (#"{"ports":[{"containerPort":7}]}"#, 7),
      (#"{"ports":[{"containerPort":7},{"name":"http","containerPort":9}]}"#, 9),
      (#"{"ports":[{"containerPort":7},{"containerPort":9}]}"#, 8000),
    ] {
      var harness = try StateHarness()
      _ = harness.pods(.all([try pod(containers: containers)]))
      #expect(harness.engines() == ["a/p:\(port)"])
    }
  }

  @Test func `a sidecar has ports, and an init container that ends has none`() throws {
    let ports =
      #""initContainers":[{"restartPolicy":"Always","ports":[{"name":"http-proxy","containerPort":8000}]},"#
      + #"{"ports":[{"name":"http-once","containerPort":7}]}]"#
    let text =
      #"{"metadata":{"name":"p","namespace":"a"},"spec":{"containers":[{"ports":[{"containerPort":8200}]}],\#(ports)}}"#
    let pod = try JSONDecoder().decode(KubePod.self, from: Data(text.utf8))
    #expect(try PodPorts(["http*"]).numbers(in: pod).found == [8000])
    #expect(pod.enginePorts(PodHints(pod.metadata), try KubernetesSettings()).ports == [8200], "as it always was")
  }

  @Test func `a port that there is not costs itself, and is named`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all([try pod(annotations: ["rollcall.io/ports": "8000,grpc"])]))
    let report = harness.state.report(at: Timestamp(microseconds: 2))
    #expect(report.answer?.parts.flatMap(\.engines).map(\.id) == ["a/p:8000"])
    #expect(report.answer?.notices == ["pod a/p: no container port has the name 'grpc', which rollcall.io/ports has"])
    _ = harness.pods(.changed(try pod(annotations: ["rollcall.io/ports": "0"])))
    let last = harness.state.report(at: Timestamp(microseconds: 4))
    #expect(last.answer?.notices.first?.hasPrefix("pod a/p: rollcall.io/ports: '0' is no port") == true)
    #expect(last.answer?.parts.first { $0.name == "pods" }?.ended == ["a/p:8000"])
  }

  @Test func `annotations say how an engine is asked, over the settings of the source`() throws {
    var options = EngineOptions()
    (options[.caFile], options[.serverName], options[.timeout]) = ("/ca.pem", "source.example", "3s")
    let settings = try KubernetesSettings(scheme: "https", options: options)
    var state = ClusterState(settings, source: SourceID(.kubernetes, "k"))
    func spec(_ annotations: [String: String]) throws -> (spec: EngineSpec?, notices: [String]) {
      let pod = try pod(annotations: annotations)
      _ = state.apply(.all([pod]), in: "", at: Timestamp(microseconds: 1))
      let answer = state.report(at: Timestamp(microseconds: 2)).answer
      return (answer?.parts.first?.engines.first, answer?.notices ?? [])
    }
    let plain = try spec([:])
    #expect(plain.spec?.url.description == "https://10.0.0.1:8000" && plain.spec?.timeout == .seconds(3))
    #expect(plain.spec?.tls.caFile == "/ca.pem" && plain.spec?.tls.serverName == "source.example")
    let own = try spec([
      "rollcall.io/scheme": "http", "rollcall.io/server-name": "pod.example", "rollcall.io/list": "/v3/models",
      "rollcall.io/health": "/ping", "rollcall.io/metrics": "off", "rollcall.io/probe-timeout": "5s",
      "rollcall.io/kind": "vllm",
    ])
    #expect(own.spec?.url.description == "http://10.0.0.1:8000" && own.spec?.tls.serverName == "pod.example")
    #expect(own.spec?.paths == EnginePaths(list: "/v3/models", health: "/ping", readsMetrics: false))
    #expect(own.spec?.timeout == .seconds(5) && own.spec?.kind == .vllm && own.notices.isEmpty)
    // A pod cannot make the server read its files or send its secrets, or be in another namespace.
    let wrong = try spec([
      "rollcall.io/key-file": "/secret", "rollcall.io/key-env": "S", "rollcall.io/key": "s",
      "rollcall.io/ca-file": "/x",
      "rollcall.io/namespace": "b", "rollcall.io/cluster": "b", "rollcall.io/id": "b", "rollcall.io/insecure": "maybe",
      "rollcall.io/ports": "8000,8001",
    ])
    #expect(wrong.spec?.key == nil && wrong.spec?.namespace == "a" && wrong.spec?.id == "a/p:8000")
    #expect(wrong.spec?.tls.caFile == "/ca.pem" && wrong.spec?.tls.isInsecure == false)
    #expect(wrong.notices.count == 8 && wrong.notices.allSatisfy { $0.hasPrefix("pod a/p: ") }, "\(wrong.notices)")
  }

  @Test(arguments: ["0", "65536", "-", "a b", ""])
  func `a port of the settings must be one`(text: String) throws {
    if text == "-" {
      _ = try KubernetesSettings(ports: [text])
    } else {
      #expect(throws: EngineSpecError.self) { try KubernetesSettings(ports: [text]) }
    }
  }

  @Test func `two engines of a pod are two replicas of one pod`() throws {
    let owner = (kind: "ReplicaSet", name: "d-1a")
    let two = ["rollcall.io/ports": "8000,8001"]
    var harness = try StateHarness()
    _ = harness.deployments(.all([try ObjectMaker.deployment("d", 1)]))
    _ = harness.pods(.all([]))
    #expect(harness.engines() == ["a/d LOADING"])
    _ = harness.pods(.changed(try pod(of: owner, created: 1, annotations: two)))
    #expect(harness.engines() == ["a/p:8000", "a/p:8001"])
    // The pod counts once where its controller has replaced another: one Failed pod stays, of a Deployment that wants 2.
    _ = harness.deployments(.changed(try ObjectMaker.deployment("d", 2)))
    _ = harness.pods(.changed(try pod("f", .evicted, of: owner, created: 0, annotations: two)))
    #expect(harness.engines() == ["a/p:8000", "a/p:8001", "a/f:8000 FAILED", "a/f:8001 FAILED"])
    _ = harness.pods(.changed(try pod("q", ip: "10.0.0.2", of: owner, created: 2, annotations: two)))
    #expect(harness.engines() == ["a/p:8000", "a/p:8001", "a/q:8000", "a/q:8001"])
  }

  @Test func `a pod that is replaced takes all of its engines along`() throws {
    var harness = try StateHarness()
    let owner = (kind: "StatefulSet", name: "s")
    let two = ["rollcall.io/ports": "8000,8001"]
    _ = harness.pods(.all([try pod("s-0", of: owner, created: 1, annotations: two)]))
    #expect(harness.engines() == ["a/s-0:8000", "a/s-0:8001"])
    _ = harness.pods(.deleted(try pod("s-0", of: owner, created: 1, annotations: two)))
    #expect(harness.parts()["pods"]?.ended == ["a/s-0:8000", "a/s-0:8001"])
    // The next pod of the name has one engine, at the address of the old one.
    _ = harness.pods(.changed(try pod("s-0", of: owner, created: 2, annotations: ["rollcall.io/ports": "8001"])))
    #expect(harness.engines() == ["a/s-0:8001"])
    _ = harness.pods(.changed(try pod("s-0", of: owner, created: 2, annotations: two)))
    #expect(harness.engines() == ["a/s-0:8000", "a/s-0:8001"])
    // Another pod takes the address of one of the ports.
    _ = harness.pods(.changed(try pod("t", created: 3, annotations: ["rollcall.io/ports": "8001"])))
    let part = harness.parts()["pods"]
    #expect(part?.engines.map(\.id) == ["a/s-0:8000", "a/t:8001"] && part?.ended == ["a/s-0:8001"])
  }

  @Test func `a list that omits a pod omits all of its engines, and each is looked up`() throws {
    var harness = try StateHarness()
    let two = try pod(annotations: ["rollcall.io/ports": "8000,8001"])
    _ = harness.pods(.all([two]))
    #expect(harness.engines().count == 2)
    _ = harness.pods(.all([]))
    #expect(harness.parts()["pods"]?.ended == [], "what a list omits may exist")
    let now = ContinuousClock.now
    let isNews = harness.lookUp(OmittedEngine(part: "pods", id: "a/p:8001", podUID: "uid-p"), .pod(two), at: now)
    #expect(isNews)
    #expect(harness.engines() == ["a/p:8000", "a/p:8001"])
  }

  @Test func `a pod whose name is too long for an id is no engine, and owns no address`() throws {
    var harness = try StateHarness()
    let long = String(repeating: "x", count: 253)
    _ = harness.pods(.all([try pod(created: 1), try pod(long, created: 2)]))
    #expect(harness.engines() == ["a/p:8000"])
    let notices = harness.state.report(at: Timestamp(microseconds: 2)).answer?.notices ?? []
    #expect(notices == ["pod a/\(long): id must be 1 to 256 printable ASCII characters without spaces"])
  }

  @Test func `engines that share a container share its GPUs`() throws {
    func gpus(_ containers: String, _ ports: String) throws -> [Double?] {
      var harness = try StateHarness()
      _ = harness.pods(.all([try pod(annotations: ["rollcall.io/ports": ports], containers: containers)]))
      return (harness.parts()["pods"]?.engines ?? []).map { $0.resources["nvidia.com/gpu"] }
    }
    let eight = #"{"ports":[{"containerPort":8000}],"resources":{"limits":{"nvidia.com/gpu":"8"}}}"#
    let one = #"{"ports":[{"containerPort":8001}],"resources":{"limits":{"nvidia.com/gpu":1}}}"#
    #expect(try gpus(eight, "8000") == [8])
    #expect(try gpus(eight, "8000,8001") == [4, 4])
    #expect(try gpus("\(eight),\(one)", "8000,8001") == [8, 1])
    #expect(try gpus("\(eight),\(one)", "8000,9000") == [8, nil])
    #expect(try gpus("\(eight),\(one)", "8000") == [9])
  }
}
