"""Where two troubles meet: pods that a list omits, addresses that are used again, pods that are no replicas."""

import pytest

import kube
from harness import eventually
from kube_world import (
    MODEL, becomes, becomes_only, is_unreachable, models, watching, world)
from test_kubernetes import tls


def long_ago(pod):
    pod["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    return pod


def failed(name, reason, index=1, **more):
    """A pod that its node or the kubelet ended."""
    pod = kube.pod(name, 8000 + index, MODEL, ip="", phase="Failed", ready=False, **more)
    pod["status"]["reason"] = reason
    return long_ago(pod)


def of_replica_set(pod):
    pod["metadata"]["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs-1", "uid": "rs-1", "controller": True}]
    return pod


def counts(server, namespace="default", model=MODEL):
    """State, ready replicas and all replicas of a model."""
    entry = models(server)[namespace, model]
    return entry["state"], entry["ready_replicas"], entry["total_replicas"]


def away(w, change):
    """Changes the cluster while the API is away, so long that no watch can go on."""
    w.cluster.do("down")
    change()
    w.cluster.do("compact")
    w.cluster.do("up")


# What a list omits.

@pytest.mark.parametrize("streams", ["on", "off"])
def test_pods_that_went_while_the_api_was_away_are_gone_at_once(world, streams):
    w = world(engines=3, watch_list=streams)
    pods = [w.pod(index) for index in range(3)]
    w.cluster.apply(*pods)
    server = w.serve()
    for pod in pods: becomes(server, pod, "READY")

    def change():
        w.cluster.delete(*pods[:2])
        for index in (0, 1): w.simulator.set(index, "gone")

    away(w, change)
    becomes_only(server, pods[2])
    assert {entry["path"] for entry in w.cluster.asked(verb="get", resource="pods")} == {
        f"/api/v1/namespaces/default/pods/vllm-{index}" for index in (0, 1)}


def test_a_pod_that_a_list_omits_by_mistake_stays(world, watching):
    w = world(engines=4, watch_list="off")
    pods = [w.pod(index) for index in range(4)]
    w.cluster.apply(*pods)
    server = w.serve()
    for pod in pods: becomes(server, pod, "READY")
    told = watching(server)
    w.cluster.fault("empty", verb="list", resource="pods")
    away(w, lambda: w.cluster.do("skip", count=10))
    eventually(lambda: len(w.cluster.asked(verb="get", resource="pods")) == 4, "four lookups", 40)
    # What is there is followed as before.
    eventually(lambda: w.cluster.is_watched("pods"))
    w.cluster.apply(kube.ending(pods[0]))
    becomes(server, pods[0], "DRAINING")
    assert "REMOVED" not in told.types()


def test_a_cluster_that_lost_everything_takes_nothing_that_answers(world, watching):
    w = world(engines=3)
    pods = [w.pod(index) for index in range(3)]
    w.cluster.apply(*pods)
    server = w.serve()
    for pod in pods: becomes(server, pod, "READY")
    told = watching(server)
    away(w, lambda: w.cluster.delete(*pods))
    eventually(lambda: len(w.cluster.asked(verb="get", resource="pods")) == 3, "three lookups", 40)
    eventually(lambda: w.cluster.is_watched("pods"))
    assert "REMOVED" not in told.types()
    # What does not answer either is gone.
    w.simulator.set(0, "gone")
    becomes_only(server, *pods[1:])
    w.cluster.apply(*pods[1:])
    w.cluster.delete(pods[1])
    becomes_only(server, pods[2])


def test_lookups_wait_for_an_api_that_cannot_answer(world):
    w = world(engines=3)
    pods = [w.pod(index) for index in range(3)]
    w.cluster.apply(*pods)
    server = w.serve()
    for pod in pods: becomes(server, pod, "READY")
    w.cluster.fault("status", verb="get", resource="pods", code=503)
    w.cluster.fault("status", verb="get", resource="pods", code=429, retry_after=2)
    away(w, lambda: w.cluster.delete(pods[0]))
    becomes_only(server, *pods[1:])
    asked = w.cluster.asked(verb="get", resource="pods")
    assert [entry["status"] for entry in asked] == [503, 429, 404]
    assert asked[2]["at"] - asked[1]["at"] >= 2


def test_at_most_sixteen_lookups_run_side_by_side(world):
    w = world()
    crowd = [kube.pod(f"p{number:02}", 9, "crowd", ip=f"127.0.1.{number + 1}") for number in range(100)]
    w.cluster.apply(w.pod(), *crowd)
    server = w.serve()
    becomes(server, w.pod(), "READY")
    w.cluster.fault("wait", verb="get", resource="pods", seconds=1, times=40)
    away(w, lambda: w.cluster.delete(*crowd[:40]))
    becomes_only(server, w.pod(), *crowd[40:])
    at = sorted(entry["at"] for entry in w.cluster.asked(verb="get", resource="pods"))
    assert len(at) == 40 and all(later - sooner >= 0.9 for sooner, later in zip(at, at[16:]))


def test_without_the_right_to_get_the_guard_decides(world):
    w = world(engines=4, watch_list="off")
    pods = [w.pod(index) for index in range(4)]
    w.cluster.apply(*pods)
    server = w.serve()
    for pod in pods: becomes(server, pod, "READY")
    w.cluster.fault("status", verb="get", resource="pods", code=403, times=100)
    away(w, lambda: w.cluster.delete(pods[0]))
    becomes_only(server, *pods[1:])
    warnings = [line for line in server.output().splitlines() if "single objects cannot be read" in line]
    assert len(warnings) == 1


# Parts.

def test_a_namespace_that_fails_at_a_restart_loses_nothing(world, watching, tmp_path):
    w = world(engines=2)
    w.cluster.apply(w.pod(0), w.pod(1, namespace="team-b"))
    options = ["--kube-namespace", "default", "--kube-namespace", "team-b", "--data", tmp_path / "data"]
    server = w.serve(*options)
    for pod in (w.pod(0), w.pod(1, namespace="team-b")): becomes(server, pod, "READY")
    server.drain()
    w.cluster.set(forbidden=["pods@team-b"])
    server = w.serve(*options)
    told = watching(server)
    becomes(server, w.pod(0), "READY")
    becomes(server, w.pod(1, namespace="team-b"), "READY")
    assert is_unreachable(server) and "REMOVED" not in told.types()


def test_a_cold_model_waits_for_the_list_of_deployments(world, watching, tmp_path):
    w = world(watch_list="off")
    w.cluster.apply(w.pod(), kube.deployment("idle", 0, "org/idle"))
    server = w.serve("--data", tmp_path / "data")
    becomes(server, "default/idle", "COLD")
    server.drain()
    w.cluster.fault("wait", verb="list", resource="deployments", seconds=3)
    server = w.serve("--data", tmp_path / "data", is_ready=False)
    eventually(lambda: ("default", "org/idle") in models(server), "the model from the store")
    told = watching(server)
    becomes(server, w.pod(), "READY")
    eventually(lambda: w.cluster.is_watched("deployments"))
    becomes(server, "default/idle", "COLD")
    assert "REMOVED" not in told.types()


def test_a_namespace_that_answers_does_not_wait_for_another(world):
    w = world(engines=2, watch_list="off")
    w.cluster.apply(w.pod(0, namespace="a"), w.pod(1, namespace="b"))
    w.cluster.fault("wait", verb="list", resource="pods", seconds=20)
    server = w.serve("--kube-namespace", "a", "--kube-namespace", "b", is_ready=False)
    # Long before the other namespace has listed its pods.
    server.wait_for(r"engine changed engine=./vllm-\S+ .*to=READY", timeout=15)
    for pod in (w.pod(0, namespace="a"), w.pod(1, namespace="b")): becomes(server, pod, "READY", timeout=60)


def test_a_missing_right_on_adapters_is_named_once(world):
    w = world(adapters=True, forbidden=["modeladapters"])
    w.cluster.apply(w.pod())
    server = w.serve()
    becomes(server, w.pod(), "READY")
    eventually(lambda: len(w.cluster.asked(resource="modeladapters")) > 1, "another attempt")
    assert not is_unreachable(server)
    warnings = [line for line in server.output().splitlines() if "ModelAdapters cannot be listed" in line]
    assert len(warnings) == 1 and "modeladapters is forbidden" in warnings[0]


# Addresses that are used again.

@pytest.mark.parametrize("namespace", ["default", "team-b"])
@pytest.mark.parametrize("old", ["held by a finalizer", "on a lost node", "ready"])
def test_the_newest_ready_pod_owns_its_address(world, old, namespace):
    w = world()
    first = long_ago(w.pod(name="old"))
    w.cluster.apply(first)
    server = w.serve()
    becomes(server, first, "READY")
    if old == "held by a finalizer": w.cluster.apply(kube.ending(first))
    if old == "on a lost node":
        first["status"]["conditions"][1] |= {"status": "Unknown", "reason": "NodeStatusUnknown"}
        w.cluster.apply(first)
    second = w.pod(name="new", namespace=namespace)
    w.cluster.apply(second)
    becomes(server, second, "READY")
    becomes_only(server, second)
    assert counts(server, namespace) == ("READY", 1, 1) and len(models(server)) == 1


# Pods that are no replicas.

@pytest.mark.parametrize("owner", ["Deployment", "ReplicaSet"])
def test_pods_that_their_controller_replaced_are_no_replicas(world, owner):
    w = world()
    own = of_replica_set if owner == "ReplicaSet" else lambda pod: pod
    more = {} if owner == "ReplicaSet" else {"owner": "vllm"}
    reasons = ["Evicted", "NodeShutdown", "UnexpectedAdmissionError"]
    w.cluster.apply(*[own(failed(f"m-{reason.lower()}", reason, **more)) for reason in reasons], own(w.pod(**more)))
    if owner == "Deployment": w.cluster.apply(kube.deployment("vllm", 1, MODEL))
    server = w.serve()
    becomes(server, w.pod(), "READY")
    becomes_only(server, w.pod())
    assert counts(server) == ("READY", 1, 1)
    if owner == "ReplicaSet": return
    w.cluster.apply(kube.deployment("vllm", 0, MODEL))
    w.cluster.delete(w.pod())
    becomes_only(server, "default/vllm")
    assert counts(server) == ("COLD", 0, 0)


def test_dead_pods_are_no_scale_events(world, connect, pb):
    w = world()
    w.cluster.apply(kube.deployment("vllm", 0, MODEL), *[failed(f"m-{number}", "Evicted", owner="vllm") for number in range(3)])
    server = w.serve()
    becomes(server, "default/vllm", "COLD")
    assert counts(server) == ("COLD", 0, 0)
    w.cluster.apply(kube.deployment("vllm", 1, MODEL), w.pod(owner="vllm"))
    becomes(server, w.pod(), "READY")
    becomes_only(server, w.pod())
    events = connect(server).ListScaleEvents(pb.ListScaleEventsRequest(id=MODEL)).events
    assert [(event.from_replicas, event.to_replicas) for event in events] == [(0, 1)]


def test_a_failed_pod_that_nobody_replaced_is_a_replica(world):
    w = world(engines=2)
    w.cluster.apply(kube.deployment("vllm", 2, MODEL), w.pod(0, owner="vllm"), failed("m-1", "Evicted", owner="vllm"))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    becomes(server, "default/m-1:8001", "FAILED", "Evicted")
    assert counts(server) == ("DEGRADED", 1, 2)
    w.cluster.apply(w.pod(1, owner="vllm"))
    becomes_only(server, w.pod(0), w.pod(1))


def test_a_bare_pod_that_failed_keeps_its_models(world):
    w = world()
    w.cluster.apply(w.pod())
    server = w.serve()
    becomes(server, w.pod(), "READY")
    w.simulator.set(0, "gone")
    w.cluster.apply(w.pod(phase="Failed", ready=False))
    becomes(server, w.pod(), "FAILED", "pod failed")
    assert counts(server) == ("FAILED", 0, 1)


@pytest.mark.parametrize("label", ["leaderworkerset.sigs.k8s.io/worker-index", "ray.io/node-type"])
def test_pods_that_help_another_pod_are_no_engines(world, label):
    w = world(engines=2)
    leader, worker = ("0", "1") if "index" in label else ("head", "worker")
    w.cluster.apply(w.pod(0, labels={label: leader}), w.pod(1, labels={label: worker}))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    becomes_only(server, w.pod(0))


# The server's name.

@pytest.mark.parametrize("name, is_valid", [("127.0.0.1", True), ("kubernetes.default", False)])
def test_the_name_that_a_kubeconfig_demands_is_enforced(world, tmp_path, name, is_valid):
    authority, arguments = tls(tmp_path, "127.0.0.1")
    w = world(arguments=arguments, authorizations=["Bearer token"])
    w.cluster.apply(w.pod())
    config = w.cluster.config(user={"token": "token"}, authority=authority.cert_pem.bytes(), **{"tls-server-name": name})
    server = w.serve(config=config, is_ready=is_valid)
    if is_valid:
        becomes(server, w.pod(), "READY")
    else:
        server.wait_for(f"certificate of the server is not valid for {name}")
        assert w.cluster.asked() == []
