"""One odd entry costs itself, never its file or its cluster, and is named once: files of engines, kubeconfigs, pods."""

import json
import signal

import httpx
import yaml

import kube
from harness import card, eventually, run
from kube_world import MODEL, becomes, becomes_only, models, world
from test_engine_access import SecureEngine
from test_kubernetes_truth import counts, failed, of_replica_set


def named(server, *words):
    """The lines that name an entry that is left out."""
    return [line for line in server.output().splitlines()
            if "an entry of a source is left out" in line and all(word in line for word in words)]


def served(server):
    return {model["id"]: model["state"] for model in server.models()}


def outages(server):
    """The sources that do not answer."""
    text = httpx.get(f"{server.url}/metrics").text
    return [line for line in text.splitlines() if line.startswith("rollcall_source_up{") and line.endswith(" 0")]


def write(path, *entries):
    """As a file of JSON, which a writer replaces as a whole."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(entries))
    temporary.rename(path)


def group(*targets, **labels):
    return {"targets": [target.removeprefix("http://") for target in targets], "labels": labels}


# Files.

def test_a_bad_target_costs_itself_and_is_named_once(start, tmp_path):
    one, two = start.engine([card("one")]), start.engine([card("two")])
    file, config = tmp_path / "fleet.json", tmp_path / "config.yaml"
    write(file, group(one.url, "not a host", two.url, team=None), {"url": "http://x", "nonsense": 1})
    config.write_text(yaml.safe_dump({"engine_files": [str(file)]}))
    server = start.server("--config", config).ready()
    eventually(lambda: served(server) == {"one": "READY", "two": "READY"}, "both models")
    assert len(named(server)) == 2 and named(server, "not a host", str(file)) and named(server, "nonsense")
    assert server.metric("rollcall_source_rejected_entries") == 2 and not outages(server)

    # A reload and a restart of the source name nothing twice; another mistake is named.
    server.signal(signal.SIGHUP)
    eventually(lambda: "configuration is" in server.output(), "an answer to SIGHUP")
    write(file, group(one.url, "not a host", two.url, größe="1"))
    eventually(lambda: named(server, "größe"), "the line about the label")
    assert len(named(server, "not a host")) == 1
    assert served(server) == {"one": "READY", "two": "READY"}
    # A file without a single engine is a mistake as a whole: what it named stays.
    write(file, group("not a host"))
    eventually(lambda: outages(server), "the outage")
    assert served(server) == {"one": "READY", "two": "READY"}
    write(file, group(one.url, two.url))
    eventually(lambda: server.metric("rollcall_source_rejected_entries") == 0, "no bad entry")
    eventually(lambda: not outages(server), "the source")
    assert served(server) == {"one": "READY", "two": "READY"}


def test_groups_are_merged_and_paths_are_kept(start, tmp_path):
    engine = start.engine([])
    for name in ("llama", "qwen"):
        engine.answers[f"/{name}/v1/models"] = (200, {"object": "list", "data": [card(name)]}, {})
    file = tmp_path / "fleet.json"
    file.write_text("\ufeff" + json.dumps([
        group(engine.url, __metrics_path__="/llama/metrics", job="vllm"),
        group(engine.url, __metrics_path__="/llama/metrics", job="vllm", tier="gold"),
        group(engine.url, __metrics_path__="/qwen/metrics", emoji="\U0001f600")]), encoding="utf-8")
    server = start.server("--engines-file", file).ready()
    eventually(lambda: served(server) == {"llama": "READY", "qwen": "READY"}, "both models")
    assert [server.model(id)["labels"] for id in ("llama", "qwen")] == [
        {"job": "vllm", "tier": "gold"}, {"emoji": "\U0001f600"}]
    assert named(server) == []


def test_the_targets_of_one_server_are_the_engines_of_another(start, tmp_path):
    simulator = start.simulator(engines=2, models=1)
    one, two = simulator.urls()
    first = start.server(
        "--engine", f"{one},namespace=team,id=mine,timeout=1500ms,list=/v1/models", "--engine", two).ready()

    def targets(server):
        hidden = ("__meta_rollcall_sources", "__meta_rollcall_state")
        groups = httpx.get(f"{server.url}/http_sd").raise_for_status().json()
        return sorted((one["targets"], sorted(pair for pair in one["labels"].items() if pair[0] not in hidden)) for one in groups)

    eventually(lambda: all("__meta_rollcall_models" in dict(labels) for _, labels in targets(first)) and len(targets(first)) == 2,
               "the models")
    file = tmp_path / "fleet.json"
    file.write_text(httpx.get(f"{first.url}/http_sd").text)
    second = start.server("--engines-file", file).ready()
    eventually(lambda: targets(second) == targets(first), f"{targets(first)}")
    mine = dict(next(labels for _, labels in targets(second) if ("__meta_rollcall_engine", "mine") in labels))
    assert mine["__meta_rollcall_namespace"] == "team" and mine["__rollcall_timeout__"] == "1500ms"
    assert mine["__rollcall_list__"] == "/v1/models" and named(second) == []


# Kubeconfigs.

def test_kubeconfig_is_a_list(world, tmp_path):
    w = world()
    w.cluster.apply(w.pod())
    whole = yaml.safe_load(w.cluster.config().read_text())
    access, clusters, gone = tmp_path / "access", tmp_path / "clusters", tmp_path / "gone"
    other = {"name": "other", "cluster": None}
    access.write_text(yaml.safe_dump({name: whole[name] for name in ("current-context", "contexts", "users")}))
    clusters.write_text(yaml.safe_dump({"clusters": [other, *whole["clusters"]], "users": None}))
    server = w.start.server("--kubernetes", through=("env", f"KUBECONFIG={gone}::{access}:{clusters}")).ready()
    becomes(server, w.pod(), "READY")
    # Each request reads the files anew. Without a file nothing is lost, and what is missing is named.
    held = clusters.read_text()
    clusters.unlink()
    w.cluster.do("down")
    w.cluster.do("up")
    eventually(lambda: "there is no cluster 'cluster'" in server.output(), "the reason")
    assert counts(server) == ("READY", 1, 1)
    gone.write_text(held)
    w.cluster.delete(w.pod())
    becomes_only(server)


# Pods.

def test_a_pod_of_two_engines_that_is_replaced(world):
    w = world()
    engines = [w.start.engine([card(MODEL)]) for _ in range(3)]
    ports = [engine.url.rpartition(":")[2] for engine in engines]

    def pod(*ports, **more):
        annotations = {"rollcall.io/ports": ",".join(ports), **more.pop("annotations", {})}
        return kube.pod("vllm-0", 8000, MODEL, annotations=annotations, owner="vllm", **more)

    def ids(*ports):
        return [f"default/vllm-0:{port}" for port in ports]

    w.cluster.apply(kube.deployment("vllm", 1, MODEL), pod(*ports[:2], uid="one"))
    server = w.serve()
    becomes_only(server, *ids(*ports[:2]))
    for id in ids(*ports[:2]): becomes(server, id, "READY")
    assert counts(server) == ("READY", 2, 2) and len(models(server)) == 1
    # One engine dies, the other serves on.
    engines[0].stop()
    becomes(server, ids(ports[0])[0], "UNREACHABLE")
    assert counts(server) == ("DEGRADED", 1, 2)
    # Another pod of the name: with a port less, one more, and one that there is not.
    w.cluster.delete(pod(*ports[:2], uid="one"))
    eventually(lambda: not set(ids(*ports)) & {one["engine_id"] for model in models(server).values() for one in model["replicas"]},
               "no engine of the pod")
    w.cluster.apply(pod(*ports[1:], "grpc", uid="two", annotations={"rollcall.io/insecure": "maybe"}))
    becomes_only(server, *ids(*ports[1:]))
    for id in ids(*ports[1:]): becomes(server, id, "READY")
    assert counts(server) == ("READY", 2, 2)
    assert len(named(server, "pod default/vllm-0", "grpc")) == 1 and len(named(server, "rollcall.io/insecure")) == 1
    w.cluster.apply(kube.deployment("vllm", 0, MODEL))
    w.cluster.delete(pod(uid="two"))
    becomes(server, "default/vllm", "COLD")
    assert counts(server) == ("COLD", 0, 0)


def test_a_pod_that_speaks_tls_under_another_name(world, authority):
    w = world()
    engine = w.start.keep(SecureEngine(authority.pair("vllm.internal"), models=(MODEL,)))

    def pod(**annotations):
        annotations = {f"rollcall.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
        return kube.pod("vllm-0", engine.port, MODEL, annotations=annotations)

    w.cluster.apply(pod(scheme="https"))
    server = w.serve(through=("env", f"SSL_CERT_FILE={authority.file}"), is_ready=False)

    def why():
        found = json.loads(run("engines", "--server", server.address, "--output", "json"))
        return found[0]["state_reason"] or "" if found else ""

    eventually(lambda: "its certificate is not valid for 127.0.0.1" in why(), "the wrong name")
    w.cluster.apply(pod(scheme="https", server_name="vllm.internal"))
    becomes(server, pod(), "READY")
    assert counts(server) == ("READY", 1, 1)
    # Without the scheme the engine is asked in the clear, which it does not speak.
    w.cluster.apply(pod(server_name="vllm.internal"))
    becomes(server, pod(), "UNREACHABLE")


def test_evicted_pods_come_back_in_no_restart(world, tmp_path):
    w = world()
    reasons = ["Evicted", "NodeShutdown", "UnexpectedAdmissionError", "Terminated", "NodeAffinity", "OutOfcpu"]
    w.cluster.apply(of_replica_set(w.pod()), *[of_replica_set(failed(f"m-{reason.lower()}", reason)) for reason in reasons])
    arguments = ("--data", tmp_path / "data")
    server = w.serve(*arguments)
    becomes(server, w.pod(), "READY")
    assert counts(server) == ("READY", 1, 1)
    assert server.drain() == 0
    server = w.serve(*arguments)
    becomes(server, w.pod(), "READY")
    becomes_only(server, w.pod())
    assert counts(server) == ("READY", 1, 1)
