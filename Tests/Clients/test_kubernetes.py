"""Engines in pods: what becomes of pods, Deployments and adapters, and what of each fault of the API that tells them."""

import base64

import grpc
import httpx
import pytest
import trustme

import harness
import kube
from harness import eventually
from kube_world import (
    MODEL, World, becomes, becomes_only, id_of, is_unreachable, models, replicas, states, unreachable, watching, world)


# What becomes of pods.

def test_pods_become_engines_with_all_that_they_tell(world):
    w = world(engines=2)
    a = w.pod(0, labels={"tier": "gold", "secret": "x", "model.aibrix.ai/engine": "vllm", "model.aibrix.ai/version": "v7"},
              resources={"nvidia.com/gpu": "2", "cpu": "4", "memory": "16Gi"})
    b = w.pod(1, namespace="team-b")
    w.cluster.apply(a, b)
    server = w.serve("--kube-label", "tier", "--cluster", "east")
    for pod in (a, b): becomes(server, pod, "READY")
    there = models(server)
    assert set(there) == {("default", "sim-org/model-000"), ("team-b", "sim-org/model-001")}
    model = there["default", MODEL]
    assert model["labels"] == {"tier": "gold"} and model["version"] == "v7"
    [replica] = model["replicas"]
    assert replica["cluster"] == "east" and replica["endpoint"] == w.engines[0]["url"] and replica["engine_kind"] == "vllm"
    # What pods ask for by a vendor's name, beside what the engine tells itself.
    assert replica["resources"]["nvidia.com/gpu"] == 2 and "cpu" not in replica["resources"]
    assert there["team-b", "sim-org/model-001"]["labels"] == {}


def test_a_pod_from_its_first_moment_to_its_last(world, watching):
    w = world()
    server = w.serve()
    told = watching(server)
    w.cluster.apply(w.pod(ip="", ready=False))
    becomes(server, w.pod(), "LOADING", "pod is Pending")
    assert replicas(server)[id_of(w.pod())]["endpoint"] == ""
    # It answers already, and is not Ready yet.
    w.cluster.apply(w.pod(ready=False))
    becomes(server, w.pod(), "LOADING", "pod is not Ready")
    w.cluster.apply(w.pod())
    becomes(server, w.pod(), "READY")
    w.cluster.apply(kube.ending(w.pod()))
    becomes(server, w.pod(), "DRAINING", "terminating")
    w.cluster.delete(w.pod())
    becomes_only(server)
    assert told.states() == ["LOADING", "READY", "DRAINING", "REMOVED"]


def test_a_pod_that_was_ready_before_is_not_loading(world):
    """A node that is lost makes its pods not Ready: what does not answer there is unreachable, not still coming."""
    w = world()
    w.cluster.apply(w.pod())
    server = w.serve()
    becomes(server, w.pod(), "READY")
    w.simulator.set(0, "gone")
    w.cluster.apply(w.pod(ready=False))
    becomes(server, w.pod(), "UNREACHABLE")


@pytest.mark.parametrize("reason", ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"])
def test_pods_that_fail_say_why(world, reason):
    w = world()
    w.simulator.set(0, "gone")
    w.cluster.apply(w.pod(ready=False, waiting=reason, ip="" if "Image" in reason else "127.0.0.1"))
    server = w.serve()
    becomes(server, w.pod(), "FAILED", reason)
    assert set(models(server)) == {("default", MODEL)}
    w.simulator.set(0, "ok")
    w.cluster.apply(w.pod())
    becomes(server, w.pod(), "READY")


def test_pods_that_are_done_or_failed(world):
    w = world(engines=3)
    w.cluster.apply(w.pod(0), w.pod(1, phase="Succeeded"), w.pod(2, phase="Failed", ready=False))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    becomes(server, w.pod(2), "FAILED", "pod failed")
    becomes_only(server, w.pod(0), w.pod(2))
    w.cluster.apply(w.pod(0, phase="Succeeded"))
    becomes_only(server, w.pod(2))


def test_a_pod_of_the_same_name_is_another_one(world):
    """As a StatefulSet makes them: what was known of the old one is not known of the new one."""
    w = world()
    w.cluster.apply(w.pod(uid="first"))
    server = w.serve()
    becomes(server, w.pod(), "READY")
    httpx.post(f"{w.engines[0]['url']}/v1/load_lora_adapter", json={"lora_name": "sql", "lora_path": "/x"}).raise_for_status()
    eventually(lambda: ("default", "sql") in models(server), "the adapter")
    w.simulator.set(0, "gone")
    w.cluster.delete(w.pod())
    w.cluster.apply(w.pod(uid="second", ready=False))
    eventually(lambda: set(models(server)) == {("default", MODEL)}, "the model alone")
    becomes(server, w.pod(), "LOADING", "not Ready")


def test_the_port_is_found_in_the_pod(world):
    w = world(engines=3)
    label, named, only = w.pod(0), w.pod(1), w.pod(2)
    port = int(named["metadata"]["labels"].pop(kube.PORT))
    named["spec"]["containers"][0]["ports"] = [{"name": "x", "containerPort": 1}, {"name": "http", "containerPort": port}]
    other = int(only["metadata"]["labels"].pop(kube.PORT))
    only["spec"]["containers"][0]["ports"] = [{"containerPort": other}]
    w.cluster.apply(label, named, only)
    server = w.serve()
    for id in (id_of(label), f"default/vllm-1:{port}", f"default/vllm-2:{other}"): becomes(server, id, "READY")


def test_a_selector_and_namespaces_choose(world):
    w = world(engines=3)
    chosen = w.pod(0, labels={"app": "vllm", "tier": "gold"})
    del chosen["metadata"]["labels"][kube.NAME]
    w.cluster.apply(chosen, w.pod(1, labels={"app": "vllm"}), w.pod(2, labels={"app": "vllm", "tier": "gold"}, namespace="other"))
    server = w.serve("--kube-selector", "app in (vllm, sglang),tier=gold", "--kube-namespace", "default")
    becomes(server, chosen, "READY")
    becomes_only(server, chosen)
    w.cluster.apply({**w.pod(1, labels={"app": "sglang", "tier": "gold"})})
    becomes(server, w.pod(1), "READY")
    chosen["metadata"]["labels"]["tier"] = "silver"
    w.cluster.apply(chosen)
    becomes_only(server, w.pod(1))
    assert {entry["namespace"] for entry in w.cluster.asked() if entry["resource"]} == {"default"}


def test_nothing_is_asked_but_get_list_and_watch(world):
    w = world(adapters=True)
    w.cluster.apply(w.pod())
    server = w.serve()
    becomes(server, w.pod(), "READY")
    eventually(lambda: w.cluster.is_watched("pods", "deployments", "modeladapters"), "all watches")
    assert {entry["method"] for entry in w.cluster.asked()} == {"GET"}
    assert {entry["verb"] for entry in w.cluster.asked() if entry["resource"]} <= {"get", "list", "watch"}


# Deployments and adapters.

def test_a_deployment_from_zero_and_to_zero(world, watching):
    w = world()
    w.cluster.apply(kube.deployment("vllm", 0, MODEL))
    server = w.serve()
    cold = becomes(server, "default/vllm", "COLD", "Deployment vllm is scaled to 0")
    assert cold["endpoint"] == "" and models(server)["default", MODEL]["total_replicas"] == 0
    assert models(server)["default", MODEL]["state"] == "COLD"
    told = watching(server)
    pod = w.pod(owner="vllm")
    w.cluster.apply(kube.deployment("vllm", 1, MODEL))
    becomes(server, "default/vllm", "LOADING", "vllm wants 1")
    w.cluster.apply(w.pod(owner="vllm", ip="", ready=False))
    becomes(server, pod, "LOADING")
    w.cluster.apply(pod)
    becomes(server, pod, "READY")
    becomes_only(server, pod)
    w.cluster.apply(kube.deployment("vllm", 0, MODEL), kube.ending(pod))
    becomes(server, pod, "DRAINING", "wants 0")
    w.cluster.delete(pod)
    becomes_only(server, "default/vllm")
    becomes(server, "default/vllm", "COLD")
    assert "REMOVED" not in told.types()
    w.cluster.delete(kube.deployment("vllm", 0, MODEL))
    becomes_only(server)


def test_what_a_workload_served_is_known_while_it_is_scaled_to_zero(world):
    """Nobody declared the model: the pods told it, when there were some."""
    w = world()
    pod, idle = w.pod(owner="vllm", labels={"app": "x"}), kube.deployment("vllm", 0, labels={"app": "x"})
    for metadata in (pod["metadata"], idle["spec"]["template"]["metadata"]):
        metadata["labels"].pop(kube.NAME)
        metadata["annotations"].pop(kube.NAME, None)
    w.cluster.apply(pod)
    server = w.serve("--kube-selector", "app=x")
    becomes(server, pod, "READY")
    w.cluster.apply(idle)
    w.cluster.delete(pod)
    becomes_only(server, "default/vllm")
    assert models(server)["default", MODEL]["state"] == "COLD"


def test_who_may_not_read_deployments_does_without(world):
    w = world(forbidden=["deployments"])
    w.cluster.apply(w.pod(), kube.deployment("vllm", 0, "other"))
    server = w.serve()
    becomes(server, w.pod(), "READY")
    becomes_only(server, w.pod())
    eventually(lambda: len(w.cluster.asked(resource="deployments")) > 1, "another attempt")
    assert not is_unreachable(server)
    warnings = [line for line in server.output().splitlines() if "Deployments cannot be listed" in line]
    assert len(warnings) == 1 and "deployments is forbidden" in warnings[0]
    w.cluster.set(forbidden=[])
    becomes(server, "default/vllm", "COLD", timeout=60)


def test_adapters_are_told_until_their_engines_do(world):
    w = world(adapters=True)
    w.cluster.apply(w.pod(), kube.adapter("sql", MODEL, phase="Pending"))
    server = w.serve()
    becomes(server, w.pod(), "READY")
    becomes(server, "default/modeladapter/sql", "LOADING", "Pending")
    sql = models(server)["default", "sql"]
    assert (sql["kind"], sql["parent"], sql["state"]) == ("ADAPTER", MODEL, "LOADING")
    w.cluster.apply(kube.adapter("sql", MODEL, phase="Failed"))
    becomes(server, "default/modeladapter/sql", "FAILED")
    httpx.post(f"{w.engines[0]['url']}/v1/load_lora_adapter", json={"lora_name": "sql", "lora_path": "/x"}).raise_for_status()
    w.cluster.apply(kube.adapter("sql", MODEL, ["vllm-0"]))

    def is_served():
        model = models(server)["default", "sql"]
        return model["state"] == "READY" and [replica["engine_id"] for replica in model["replicas"]] == [id_of(w.pod())]

    eventually(is_served, "the adapter on its engine alone", 40)


# How the API is asked.

def lists(w, **wanted):
    return w.cluster.asked(verb="list", resource="pods", **wanted)


@pytest.mark.parametrize("streams", ["on", "off", "unknown"])
def test_servers_old_and_new(world, streams):
    w = world(engines=2, watch_list=streams, minor="34" if streams == "on" else "27" if streams == "off" else "20")
    w.cluster.apply(w.pod(0))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY")
    w.cluster.delete(w.pod(0))
    becomes_only(server, w.pod(1))
    assert bool(lists(w)) == (streams != "on")


def test_a_server_that_streams_no_list_but_is_taken_for_one(world):
    """It ignores the options: its watch begins with all that there is, and never says where that ends."""
    w = world(watch_list="unknown")
    w.cluster.apply(w.pod())
    server = w.serve(is_ready=False)
    becomes(server, w.pod(), "READY")
    assert len(lists(w)) == 1


def test_long_lists_come_in_pages(world):
    w = world(watch_list="off")
    crowd = [kube.pod(f"p{number:04}", 9, "crowd", phase="Succeeded") for number in range(1_100)]
    w.cluster.apply(*crowd, w.pod())
    # The second page is asked for when it is gone; the third of the next attempt is cut.
    w.cluster.fault("status", verb="list", resource="pods", code=410, after=1)
    w.cluster.fault("half", verb="list", resource="pods", after=3)
    server = w.serve()
    becomes(server, w.pod(), "READY", timeout=60)
    assert {entry["query"]["limit"] for entry in lists(w)} == {"500"}
    pages = ["continue" in entry["query"] for entry in lists(w)]
    assert pages[:3] == [False, True, False] and pages[-3:] == [False, True, True]


@pytest.mark.parametrize("form", ["event", "status"])
@pytest.mark.parametrize("streams", ["on", "off"])
def test_a_watch_from_too_long_ago_is_begun_anew(world, form, streams):
    w = world(engines=3, gone_as=form, watch_list=streams)
    w.cluster.apply(w.pod(0), w.pod(1))
    server = w.serve()
    for index in (0, 1): becomes(server, w.pod(index), "READY")
    # While nobody is told: one goes, one comes, and what happened is forgotten.
    w.cluster.do("down")
    w.cluster.delete(w.pod(0))
    w.cluster.apply(w.pod(2))
    w.cluster.do("compact")
    w.cluster.do("up")
    becomes(server, w.pod(2), "READY")
    becomes_only(server, w.pod(1), w.pod(2))


def test_bookmarks_spare_a_new_list(world):
    w = world(engines=2, watch_list="off")
    w.cluster.apply(w.pod(0))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    eventually(lambda: w.cluster.is_watched("pods"))
    before = len(lists(w))
    w.cluster.do("skip", count=1_000)
    w.cluster.watches("bookmark")
    w.cluster.watches("end")
    w.cluster.do("compact")
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY")
    assert len(lists(w)) == before


@pytest.mark.parametrize("do", [("end",), ("cut",), ("reset",), ("half",), ("error", 500), ("error", 410), ("text", "<html>\n")])
def test_nothing_is_missed_when_a_watch_ends(world, do):
    w = world(engines=3)
    w.cluster.apply(w.pod(0), w.pod(1))
    server = w.serve()
    for index in (0, 1): becomes(server, w.pod(index), "READY")
    eventually(lambda: w.cluster.is_watched("pods"))
    # `half` needs an event to cut.
    w.cluster.watches(*do, resource="pods")
    w.cluster.delete(w.pod(0))
    w.cluster.apply(w.pod(2))
    becomes(server, w.pod(2), "READY")
    becomes_only(server, w.pod(1), w.pod(2))
    eventually(lambda: not is_unreachable(server), "an API that answers", 40)


def test_events_that_come_twice_late_or_in_pieces_change_nothing(world, watching):
    w = world(engines=2)
    w.cluster.set(split=11)
    w.cluster.apply(w.pod(0, ready=False), w.pod(0))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    eventually(lambda: w.cluster.is_watched("pods"))
    w.cluster.apply(kube.ending(w.pod(1)), w.pod(1, name="other"))
    w.cluster.delete(w.pod(1))
    becomes_only(server, w.pod(0), w.pod(1, name="other"))
    becomes(server, w.pod(1, name="other"), "READY")
    told = watching(server)
    w.cluster.watches("repeat", 50, resource="pods")
    w.cluster.watches("stale", 50, resource="pods")
    # Once this is told, all before it was.
    w.cluster.apply(kube.pod("later", 9, "later", phase="Failed", ready=False))
    becomes(server, "default/later:9", "FAILED")
    becomes_only(server, w.pod(0), w.pod(1, name="other"), "default/later:9")
    assert set(told.states()) <= {"READY", "FAILED"}


def test_a_server_that_is_slow(world):
    w = world(engines=2, watch_list="off", pace=0.3)
    w.cluster.fault("slow", verb="list", resource="pods", bytes=200, seconds=0.05)
    w.cluster.apply(w.pod(0))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY")


@pytest.mark.parametrize("code", [429, 500, 503, 504])
@pytest.mark.parametrize("verb", ["list", "watch"])
def test_refusals_are_waited_out(world, code, verb):
    w = world(engines=2, watch_list="off")
    w.cluster.fault("status", verb=verb, resource="pods", code=code, retry_after=1, times=2)
    w.cluster.apply(w.pod(0))
    server = w.serve(is_ready=False)
    eventually(lambda: f"HTTP {code}" in server.output(), "the reason in the log", 40)
    becomes(server, w.pod(0), "READY", timeout=60)
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY", timeout=60)
    eventually(lambda: not is_unreachable(server), "an API that answers")


# When it cannot be asked.

def test_pods_stay_while_the_api_is_away(world, watching):
    w = world(engines=2)
    w.cluster.apply(w.pod(0))
    server = w.serve()
    becomes(server, w.pod(0), "READY")
    told = watching(server)
    w.cluster.do("down")
    eventually(lambda: is_unreachable(server), "an API that does not answer", 40)
    assert states(server) == {id_of(w.pod(0)): "READY"}
    # The engines themselves are asked as before.
    w.simulator.set(0, "gone")
    becomes(server, w.pod(0), "UNREACHABLE")
    w.simulator.set(0, "ok")
    becomes(server, w.pod(0), "READY")
    w.cluster.do("up")
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY", timeout=60)
    eventually(lambda: not is_unreachable(server), "an API that answers")
    assert "REMOVED" not in told.types()


def test_an_api_that_comes_after_the_server(world):
    w = world()
    w.cluster.apply(w.pod())
    w.cluster.do("down")
    server = w.serve(is_ready=False)
    eventually(lambda: "connection refused" in server.output().lower(), "the reason in the log")
    w.cluster.do("up")
    becomes(server, w.pod(), "READY", timeout=60)


def test_an_api_that_is_away_when_the_server_starts_again(world, tmp_path):
    """What the store remembers is told, and not taken for gone."""
    w = world()
    w.cluster.apply(w.pod())
    server = w.serve("--data", tmp_path / "data")
    becomes(server, w.pod(), "READY")
    server.drain()
    w.cluster.do("down")
    server = w.serve("--data", tmp_path / "data", is_ready=False)
    eventually(lambda: ("default", MODEL) in models(server), "the model from the store")
    eventually(lambda: is_unreachable(server), "an API that does not answer", 40)
    assert ("default", MODEL) in models(server)
    w.cluster.do("up")
    becomes(server, w.pod(), "READY", timeout=60)
    becomes_only(server, w.pod())


def test_an_empty_list_by_mistake_empties_nothing(world, watching):
    w = world(engines=4, watch_list="off")
    pods = [w.pod(index) for index in range(4)]
    w.cluster.apply(*pods[:3])
    server = w.serve()
    for pod in pods[:3]: becomes(server, pod, "READY")
    told = watching(server)
    w.cluster.do("skip", count=10)
    w.cluster.do("down", compacts=True)
    w.cluster.fault("empty", verb="list", resource="pods")
    w.cluster.do("up")
    eventually(lambda: any(entry.get("fault") == "empty" for entry in lists(w)), "the empty list", 40)
    eventually(lambda: w.cluster.is_watched("pods"))
    # What is new counts, what is seen to end goes, and what only was not named stays.
    w.cluster.apply(pods[3])
    becomes(server, pods[3], "READY")
    w.cluster.delete(pods[0])
    becomes_only(server, *pods[1:])
    assert [event.model.id for event in told.events if event.type == told.pb.REMOVED] == ["sim-org/model-000"]
    # A list that lost so much is asked for again before long.
    eventually(lambda: len(lists(w, fault="nothing")) > 1, "another list", 90)
    w.cluster.apply(pods[0])
    for pod in pods: becomes(server, pod, "READY")


def test_a_store_that_went_back_in_time_is_followed(world):
    """An etcd that was restored from a backup: versions begin to count again from before."""
    w = world(engines=3)
    w.cluster.apply(w.pod(0), w.pod(1))
    backup = w.cluster.do("version")
    server = w.serve()
    for index in (0, 1): becomes(server, w.pod(index), "READY")
    w.cluster.apply(w.pod(2))
    becomes(server, w.pod(2), "READY")
    w.cluster.do("down", compacts=False)
    w.cluster.do("restore", version=backup)
    w.cluster.do("skip", count=1_000)
    w.cluster.do("compact")
    w.cluster.do("up")
    becomes_only(server, w.pod(0), w.pod(1))


# Rights and secrets.

def test_a_right_that_is_missing_is_named(world):
    w = world(forbidden=["pods"])
    w.cluster.apply(w.pod())
    server = w.serve(is_ready=False)
    server.wait_for("cannot (list|watch) resource .{1,2}pods")
    # Nothing is known yet: an empty list would be a guess.
    with pytest.raises(grpc.RpcError) as error: unreachable(server)
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE
    w.cluster.set(forbidden=[])
    becomes(server, w.pod(), "READY", timeout=60)
    eventually(lambda: not is_unreachable(server), "an API that answers")


def test_a_namespace_that_may_not_be_read_hides_no_other(world):
    w = world(engines=2, forbidden=["pods@secret", "pods@"])
    w.cluster.apply(w.pod(0), w.pod(1, namespace="secret"))
    server = w.serve("--kube-namespace", "default", "--kube-namespace", "secret")
    becomes(server, w.pod(0), "READY")
    becomes_only(server, w.pod(0))
    eventually(lambda: is_unreachable(server), "a source that cannot be asked for all")
    w.cluster.set(forbidden=["pods@"])
    becomes(server, w.pod(1, namespace="secret"), "READY", timeout=60)
    eventually(lambda: not is_unreachable(server), "an API that answers")


def test_a_token_that_rotates(world, tmp_path):
    w = world(engines=2, authorizations=["Bearer spruce"])
    (tmp_path / "token").write_text("spruce\n")
    w.cluster.apply(w.pod(0))
    server = w.serve(config=w.cluster.config(user={"tokenFile": "token"}))
    becomes(server, w.pod(0), "READY")
    (tmp_path / "token").write_text("larch\n")
    w.cluster.set(authorizations=["Bearer larch"])
    w.cluster.watches("cut")
    w.cluster.apply(w.pod(1))
    becomes(server, w.pod(1), "READY", timeout=60)
    # One that has run out, until there is another.
    w.cluster.set(authorizations=["Bearer alder"])
    w.cluster.watches("cut")
    w.cluster.delete(w.pod(0))
    eventually(lambda: is_unreachable(server), "an API that refuses", 40)
    assert set(states(server)) == {id_of(w.pod(0)), id_of(w.pod(1))}
    (tmp_path / "token").write_text("alder\n")
    becomes_only(server, w.pod(1))
    assert not any(token in server.output() for token in ("spruce", "larch", "alder"))


def tls(tmp_path, *names):
    authority = trustme.CA()
    authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return authority, ["--certificate", tmp_path / "server.pem", "--client-authority", tmp_path / "authority.pem"]


@pytest.mark.parametrize("way", ["token", "certificate", "certificate data", "password", "server name", "unverified"])
def test_tls_and_who_one_is(world, tmp_path, way):
    authority, arguments = tls(tmp_path, "kubernetes.default" if way in ("server name", "unverified") else "127.0.0.1")
    basic = "Basic " + base64.b64encode(b"me:pass").decode()
    w = world(arguments=arguments, authorizations=["Bearer token", basic])
    w.cluster.apply(w.pod())
    mine = authority.issue_cert("rollcall")
    certificate, key = mine.cert_chain_pems[0], mine.private_key_pem
    certificate.write_to_path(tmp_path / "mine.crt")
    key.write_to_path(tmp_path / "mine.key")
    users = {
        "certificate": {"client-certificate": "mine.crt", "client-key": "mine.key"},
        "certificate data": {"client-certificate-data": base64.b64encode(certificate.bytes()).decode(),
                             "client-key-data": base64.b64encode(key.bytes()).decode()},
        "password": {"username": "me", "password": "pass"}}
    more = {"server name": {"tls-server-name": "kubernetes.default"}, "unverified": {"insecure-skip-tls-verify": True}}
    pem = None if way == "unverified" else authority.cert_pem.bytes()
    config = w.cluster.config(user=users.get(way, {"token": "token"}), authority=pem, **more.get(way, {}))
    becomes(w.serve(config=config), w.pod(), "READY")


def test_a_server_that_cannot_be_trusted_is_told_nothing(world, tmp_path):
    _, arguments = tls(tmp_path, "127.0.0.1")
    w = world(arguments=arguments, authorizations=["Bearer token"])
    w.cluster.apply(w.pod())
    server = w.serve(config=w.cluster.config(user={"token": "token"}, authority=trustme.CA().cert_pem.bytes()), is_ready=False)
    server.wait_for("(?i)no TLS connection.*certificate")
    assert w.cluster.asked() == []


@pytest.mark.parametrize("config, complaint", [
    ("", "kubeconfig"), ("current-context: x\n", "no context 'x'"),
    ("users: [{name: u, user: {exec: {command: aws}}}]\nclusters: [{name: c, cluster: {server: 'https://h'}}]\n"
     "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n", "user 'u'"),
    ("clusters: [{name: c, cluster: {server: 'ftp://h'}}]\ncontexts: [{name: x, context: {cluster: c}}]\n"
     "current-context: x\n", "server")])
def test_a_kubeconfig_that_cannot_be_used_is_a_clear_error(tmp_path, config, complaint):
    path = tmp_path / "config"
    if config: path.write_text(config)
    done = harness.run("serve", "--listen", "127.0.0.1:0", "--in-memory", "--kube-config", path, check=False)
    assert done.returncode != 0 and complaint in done.stderr and "Kubernetes" in done.stderr
    assert len(done.stderr.strip().splitlines()) < 6


def test_two_clusters_beside_each_other(start, connect, tmp_path):
    one = World(start, connect, 2, (), {})
    (tmp_path / "other").mkdir()
    other = start.keep(kube.Cluster(tmp_path / "other"))
    # One simulator for both: the same pods by name in two clusters.
    one.cluster.apply(one.pod(0, name="vllm"))
    other.apply(one.pod(1, name="vllm"))
    config = tmp_path / "config.yaml"
    config.write_text(
        f"kubernetes:\n  - {{config: {one.cluster.config('one')}, cluster: east}}\n"
        f"  - {{config: {other.config('two')}, cluster: west}}\n")
    server = start.server("--config", config).ready()
    server.catalog = connect(server)
    east, west = id_of(one.pod(0, name="vllm"), "east/"), id_of(one.pod(1, name="vllm"), "west/")
    for id in (east, west): becomes(server, id, "READY")
    other.do("down")
    eventually(lambda: unreachable(server) == ["kubernetes/west"], "west alone", 40)
    one.cluster.delete(one.pod(0, name="vllm"))
    becomes_only(server, west)
