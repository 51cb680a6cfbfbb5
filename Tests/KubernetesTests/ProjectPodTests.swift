import Catalog
import Testing

@testable import Fleet
@testable import Kubernetes

/// Pods as the projects of `Kubernetes.docc` make them, with the selectors and ports that it names.
@Suite("Pods of KServe, production-stack, llm-d, LeaderWorkerSet, Ray and AIBrix")
struct ProjectPodTests {
  struct Project: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var selector: String
    var ports: [String] = []
    /// The labels and the container ports of each pod, and whether it is an engine.
    var pods: [(name: String, labels: [String: String], containers: String, port: Int?)]
  }

  static let kserveWorker = [
    "serving.kserve.io/inferenceservice": "llama", "component": "predictor", "app": "isvc.llama-predictor-worker",
  ]

  static let projects = [
    Project(
      testDescription: "KServe's InferenceService", selector: "serving.kserve.io/inferenceservice,component=predictor",
      ports: ["8080"],
      pods: [
        (
          "raw",
          [
            "serving.kserve.io/inferenceservice": "llama", "component": "predictor", "app": "isvc.llama-predictor",
          ], #"{"name":"kserve-container","ports":[{"containerPort":8080,"protocol":"TCP"}]}"#, 8080
        ),
        (
          "knative",
          [
            "serving.kserve.io/inferenceservice": "qwen", "component": "predictor",
            "serving.knative.dev/service": "qwen-predictor",
          ],
          #"{"name":"kserve-container","ports":[{"name":"user-port","containerPort":8080}]},{"name":"queue-proxy","ports":[{"name":"http-queueadm","containerPort":8022},{"name":"http-autometric","containerPort":9090},{"name":"http-usermetric","containerPort":9091},{"name":"queue-port","containerPort":8012}]}"#,
          8080
        ),
        ("worker", kserveWorker, #"{"name":"worker-container"}"#, nil),
        (
          "transformer", ["serving.kserve.io/inferenceservice": "llama", "component": "transformer"], "", nil
        ),
      ]),
    Project(
      testDescription: "KServe's LLMInferenceService",
      selector: "app.kubernetes.io/part-of=llminferenceservice,kserve.io/component=workload", ports: ["8000"],
      pods: [
        (
          "decode",
          [
            "app.kubernetes.io/component": "llminferenceservice-workload", "app.kubernetes.io/name": "llama",
            "app.kubernetes.io/part-of": "llminferenceservice", "kserve.io/component": "workload",
            "llm-d.ai/role": "decode",
          ], #"{"name":"main","ports":[{"containerPort":8001,"protocol":"TCP"}]}"#, 8000
        ),
        (
          "scheduler",
          [
            "app.kubernetes.io/component": "llminferenceservice-router-scheduler",
            "app.kubernetes.io/name": "llama", "app.kubernetes.io/part-of": "llminferenceservice",
          ], "", nil
        ),
        (
          "worker",
          [
            "app.kubernetes.io/component": "llminferenceservice-workload-worker", "app.kubernetes.io/name": "llama",
            "app.kubernetes.io/part-of": "llminferenceservice", "leaderworkerset.sigs.k8s.io/worker-index": "1",
          ], "", nil
        ),
      ]),
    Project(
      testDescription: "production-stack", selector: "model,helm-release-name",
      pods: [
        (
          "engine", ["model": "opt125m", "helm-release-name": "vllm", "environment": "test", "release": "test"],
          #"{"name":"vllm","ports":[{"name":"container-port","containerPort":8000},{"name":"zmq-port","containerPort":55555},{"name":"ucx-port","containerPort":9999}]}"#,
          8000
        ),
        ("router", ["environment": "router", "release": "router"], "", nil),
      ]),
    Project(
      testDescription: "llm-d", selector: "llm-d.ai/inference-serving=true", ports: ["8000"],
      pods: [
        (
          "decode",
          [
            "llm-d.ai/inference-serving": "true", "llm-d.ai/guide": "pd-disaggregation", "llm-d.ai/model": "llama",
            "llm-d.ai/role": "decode",
          ],
          #"{"name":"modelserver","ports":[{"name":"modelserver","containerPort":8200}]}"#, 8000
        ),
        ("epp", ["inferencepool": "gaie-epp"], "", nil),
      ]),
    Project(
      testDescription: "llm-d's older charts", selector: "llm-d.ai/inferenceServing=true", ports: ["8000"],
      pods: [
        (
          "decode",
          ["llm-d.ai/inferenceServing": "true", "llm-d.ai/model": "llama", "llm-d.ai/role": "decode"],
          #"{"name":"vllm","ports":[{"containerPort":8200},{"containerPort":5557}]}"#, 8000
        ),
        (
          "prefill",
          ["llm-d.ai/inferenceServing": "true", "llm-d.ai/model": "llama", "llm-d.ai/role": "prefill"],
          #"{"name":"vllm","ports":[{"containerPort":8000}]}"#, 8000
        ),
        ("epp", ["inferencepool": "gaie-epp"], "", nil),
      ]),
    Project(
      testDescription: "LeaderWorkerSet", selector: "leaderworkerset.sigs.k8s.io/name",
      pods: [
        (
          "vllm-0",
          [
            "leaderworkerset.sigs.k8s.io/name": "vllm", "leaderworkerset.sigs.k8s.io/group-index": "0",
            "leaderworkerset.sigs.k8s.io/worker-index": "0", "role": "leader",
          ], #"{"name":"vllm-leader","ports":[{"containerPort":8080}]}"#, 8080
        ),
        (
          "vllm-0-1",
          [
            "leaderworkerset.sigs.k8s.io/name": "vllm", "leaderworkerset.sigs.k8s.io/group-index": "0",
            "leaderworkerset.sigs.k8s.io/worker-index": "1",
          ], #"{"name":"vllm-worker"}"#, nil
        ),
      ]),
    Project(
      testDescription: "KubeRay", selector: "ray.io/is-ray-node=yes",
      pods: [
        (
          "head",
          [
            "ray.io/is-ray-node": "yes", "ray.io/cluster": "llm", "ray.io/node-type": "head",
            "ray.io/group": "headgroup",
            "ray.io/serve": "true",
          ],
          #"{"name":"ray-head","ports":[{"name":"gcs-server","containerPort":6379},{"name":"dashboard","containerPort":8265},{"name":"client","containerPort":10001},{"name":"serve","containerPort":8000},{"name":"metrics","containerPort":8080}]}"#,
          8000
        ),
        (
          "worker",
          [
            "ray.io/is-ray-node": "yes", "ray.io/cluster": "llm", "ray.io/node-type": "worker", "ray.io/group": "gpu",
            "ray.io/serve": "true",
          ], "", nil
        ),
        (
          "cleanup",
          ["ray.io/is-ray-node": "yes", "ray.io/cluster": "llm", "ray.io/node-type": "redis-cleanup"], "", nil
        ),
      ]),
    Project(
      testDescription: "AIBrix", selector: KubernetesSettings.defaultSelector,
      pods: [
        (
          "qwen", ["model.aibrix.ai/name": "qwen", "model.aibrix.ai/port": "8000", "model.aibrix.ai/engine": "vllm"],
          #"{"name":"vllm","ports":[{"containerPort":8000}]},{"name":"aibrix-runtime","ports":[{"containerPort":8080}]}"#,
          8000
        ),
        ("gateway", ["app.kubernetes.io/name": "aibrix"], "", nil),
      ]),
  ]

  @Test(arguments: projects)
  func `the documented selector takes the engines and no other pod`(project: Project) throws {
    let selector = try LabelSelector(project.selector)
    var harness = try StateHarness(selector: project.selector, ports: project.ports)
    // The API server applies the selector, so the pods that it does not match are not in its list.
    let pods = try project.pods.enumerated().compactMap { index, pod -> KubePod? in
      let ip = "10.0.0.\(index)"
      let made = try ObjectMaker.pod(pod.name, ip: ip, created: 1, labels: pod.labels, containers: pod.containers)
      return selector.matches(pod.labels) ? made : nil
    }
    _ = harness.pods(.all(pods))
    let wanted = project.pods.compactMap { pod in pod.port.map { "a/\(pod.name):\($0)" } }.sorted()
    #expect(harness.engines() == wanted)
  }

  @Test(arguments: [
    ["leaderworkerset.sigs.k8s.io/worker-index": "1"], ["ray.io/node-type": "worker"], kserveWorker,
  ])
  func `a helper that states that it is an engine is an engine`(labels: [String: String]) throws {
    var harness = try StateHarness()
    let annotation = #""annotations":{"rollcall.io/engine":"true"}"#
    _ = harness.pods(.all([try ObjectMaker.pod("g", labels: labels, more: annotation)]))
    #expect(harness.engines() == ["a/g:8000"])
    _ = harness.pods(.changed(try ObjectMaker.pod("g", labels: labels)))
    let part = harness.parts()["pods"]
    #expect(part?.engines.isEmpty == true && part?.ended == ["a/g:8000"])
  }

  @Test func `a pod that states that it is no engine is none`() throws {
    var harness = try StateHarness()
    let annotation = #""annotations":{"rollcall.io/engine":"false"}"#
    _ = harness.pods(.all([try ObjectMaker.pod("g", more: annotation)]))
    #expect(harness.engines() == [])
  }

  // The inputs of bug reports.

  @Test func `pods that were evicted are no replicas beside the pod that replaced them`() throws {
    let pods = try ObjectMaker.pods(text(PackageResources.evicted_pods_json))
    var harness = try StateHarness()
    _ = harness.pods(.all(pods))
    #expect(harness.engines() == ["ml/m-ok:8000"])
    // Also when the events come one by one, in whichever order, as after a restart.
    for order in [pods, pods.reversed()] {
      var harness = try StateHarness()
      _ = harness.pods(.all([]))
      for pod in order { _ = harness.pods(.changed(pod)) }
      #expect(harness.engines() == ["ml/m-ok:8000"])
    }
  }

  @Test func `of a group the leader alone is an engine`() throws {
    var harness = try StateHarness()
    _ = harness.pods(.all(try ObjectMaker.pods(text(PackageResources.helper_pods_json))))
    #expect(harness.engines() == ["ml/g-0:8000"])
  }
}
