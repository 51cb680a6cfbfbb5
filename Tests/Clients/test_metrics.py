"""`/metrics` is what Prometheus and OpenMetrics say it is, counts what happened, and grows by nothing that clients send."""

import concurrent.futures
import json
import pathlib
import random
import re
import shutil
import string
import subprocess

import grpc
import httpx
import prometheus_client.openmetrics.parser as openmetrics
import prometheus_client.parser as prometheus
import pytest

import harness
from peers import Peer, dial, framed, read_all

OPEN_METRICS = "application/openmetrics-text"
# What Prometheus 3 sends.
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
DOCUMENT = pathlib.Path(__file__).parents[2] / "Sources/rollcall/rollcall.docc/Metrics.md"
DASHBOARD = pathlib.Path(__file__).parents[2] / "scripts/deploy/grafana/rollcall.json"
GET_MODEL = "/rollcall.v1.ModelCatalog/GetModel"


def ask(server, accept=None):
    answer = httpx.get(f"{server.url}/metrics", headers={"accept": accept} if accept else {}).raise_for_status()
    return answer.headers["content-type"], answer.text


def families(server, accept=None):
    """Parsed by the strict parser of the format that the answer says it has."""
    kind, text = ask(server, accept)
    parser = openmetrics if kind.startswith(OPEN_METRICS) else prometheus
    return list(parser.text_string_to_metric_families(text))


def samples(server, accept=None):
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families(server, accept) for sample in family.samples}


def value(server, name, **labels):
    return samples(server)[name, frozenset(labels.items())]


@pytest.mark.parametrize("accept, kind", [
    (None, "text/plain; version=0.0.4; charset=utf-8"),
    ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
    ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
    (OPEN_METRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    (PROMETHEUS_3, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
])
def test_both_formats_parse_strictly_and_say_the_same(server, accept, kind):
    answered, text = ask(server, accept)
    assert answered == kind
    assert text.endswith("# EOF\n") == kind.startswith(OPEN_METRICS)
    assert samples(server, accept).keys() == samples(server).keys()
    assert {family.name: family.type for family in families(server, accept)} == {
        family.name: family.type for family in families(server)}


def test_names_are_as_prometheus_advises(server):
    """What `promtool check metrics` looks at."""
    for family in families(server, OPEN_METRICS):
        assert family.documentation, family.name
        assert re.fullmatch(r"(rollcall|process)_[a-z0-9_]+", family.name)
        assert not re.search(r"_(total|count|sum|bucket|milliseconds|ms|minutes|hours|kb|mb)$", family.name)
        assert not re.search(r"counter|gauge|histogram", family.name)
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total")
    if promtool := shutil.which("promtool"):
        check = subprocess.run([promtool, "check", "metrics"], input=ask(server)[1], capture_output=True, text=True)
        assert check.returncode == 0, check.stderr


def test_the_document_tells_of_each(server):
    text = DOCUMENT.read_text()
    names = {family.name for family in families(server)}
    assert not {name for name in names if not re.search(rf"`{name}(_total)?`", text)}


def test_everything_that_happens_is_counted(start, connect, pb):
    server = start.serving(start.simulator(engines=2, models=3))
    catalog = connect(server)
    before = samples(server)
    client = httpx.Client(base_url=server.url)
    for _ in range(3):
        id = client.get("/v1/models").raise_for_status().json()["data"][0]["id"]
    etag = client.get("/v1/models").headers["etag"]
    assert client.get("/v1/models", headers={"if-none-match": etag}).status_code == 304
    client.get(f"/v1/models/{id}").raise_for_status()
    client.get("/v1/models/ghost")
    client.post("/v1/models")
    client.get("/v1/chat/completions")
    client.post("/healthz", content=b"x" * (5 << 20))
    for _ in range(5):
        catalog.GetModel(pb.GetModelRequest(namespace="default", id=id))
    with pytest.raises(grpc.RpcError):
        catalog.GetModel(pb.GetModelRequest(namespace="default", id="ghost"))
    stream = catalog.WatchModels(pb.WatchModelsRequest(), timeout=30)
    next(iter(stream))
    after = samples(server)
    stream.cancel()

    def grown(name, **labels):
        key = name, frozenset(labels.items())
        return after[key] - before[key]

    requests = "rollcall_http_requests_total"
    assert grown(requests, route="/v1/models", method="GET", code="200") == 4
    assert grown(requests, route="/v1/models", method="GET", code="304") == 1
    assert grown(requests, route="/v1/models", method="POST", code="405") == 1
    assert grown(requests, route="/v1/models/{id...}", method="GET", code="200") == 1
    assert grown(requests, route="/v1/models/{id...}", method="GET", code="404") == 1
    assert grown(requests, route="other", method="GET", code="404") == 1
    assert grown(requests, route="other", method="other", code="413") == 1, "what the transport answers itself"
    assert grown("rollcall_http_request_duration_seconds_count", route="/v1/models") == 6
    assert grown("rollcall_grpc_calls_total", method=GET_MODEL, code="OK") == 5
    assert grown("rollcall_grpc_calls_total", method=GET_MODEL, code="NOT_FOUND") == 1
    assert grown("rollcall_grpc_call_duration_seconds_count", method=GET_MODEL) == 6
    assert 0 < grown("rollcall_grpc_call_duration_seconds_sum", method=GET_MODEL) < 6
    assert after["rollcall_watchers", frozenset({("protocol", "grpc")})] == 1
    assert after["rollcall_watch_lag_events", frozenset({("protocol", "grpc")})] >= 0
    probes = sum(count for (name, _), count in after.items() if name == "rollcall_probes_total")
    assert probes == after["rollcall_probe_duration_seconds_count", frozenset()] >= 2
    commits = sum(count for (name, _), count in after.items() if name == "rollcall_store_commits_total")
    assert commits == after["rollcall_store_commit_duration_seconds_count", frozenset()] >= 1
    assert after["rollcall_engines", frozenset({("state", "READY")})] == 2
    assert after["rollcall_engines_by_kind", frozenset({("kind", "vllm")})] == 2
    models = after["rollcall_models", frozenset({("state", "READY")})]
    assert models == after["rollcall_models_by_kind", frozenset({("kind", "BASE")})] > 0


def test_a_watch_that_cannot_resume_says_why(start, connect, pb):
    server = start.serving(start.simulator(engines=1, models=2))
    catalog = connect(server)
    for revision, cause in [(1, "expired"), (2**62, "unknown")]:
        stream = catalog.WatchModels(pb.WatchModelsRequest(start_revision=revision), timeout=30)
        assert next(iter(stream)).type == pb.RESET
        stream.cancel()
        assert value(server, "rollcall_watch_resets_total", cause=cause) == 1


def test_the_process_is_told_as_the_kernel_has_it(server):
    told = {name: count for (name, labels), count in samples(server).items() if not labels}
    assert told["process_resident_memory_bytes"] == pytest.approx(server.resident_bytes(), rel=0.3)
    assert told["process_virtual_memory_bytes"] > told["process_resident_memory_bytes"]
    assert 0 < told["process_open_fds"] < told["process_max_fds"]
    assert told["process_threads"] == pytest.approx(len(list(pathlib.Path(f"/proc/{server.pid}/task").iterdir())), abs=4)
    assert told["process_cpu_seconds_total"] > 0 and told["process_start_time_seconds"] > 1e9


def test_no_client_makes_a_series(start):
    """Thousands of methods, paths and gRPC methods that do not exist: the series stay the same."""
    server = start.serving(start.simulator(engines=1, models=2))
    before = samples(server)
    chance = random.Random(11)

    def word(length=12):
        return "".join(chance.choices(string.ascii_letters, k=length))

    def of_http1(words):
        with httpx.Client(base_url=server.url) as client:
            for made_up in words:
                client.request(made_up.upper(), "/v1/models")
                client.get(f"/{made_up}?{made_up}={made_up}", headers={made_up: made_up})
                client.get(f"/v1/models/{made_up}")
                client.get("/v1/models", params={"filter": made_up, "namespace": made_up})

    def of_http2(words):
        with Peer(server) as peer:
            for made_up in words:
                peer.call(f"/{made_up}/{made_up}", framed(b""))
                peer.call(f"/rollcall.v1.ModelCatalog/{made_up}", framed(b""))
                peer.call(GET_MODEL, framed(b""), headers=[("content-type", made_up)])
                peer.call(f"/{made_up}", method=made_up.upper(), headers=[])
                peer.call("/v1/models", method=made_up.upper(), headers=[])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(job, [word() for _ in range(250)]) for job in (of_http1, of_http2, of_http1, of_http2)]
        for job in jobs:
            job.result()
    for noise in [b"\0" * 64, b"GET\r\n\r\n", b"X" * 20_000 + b"\r\n\r\n", b"GET / HTTP/9.9\r\nhost: x\r\n\r\n"]:
        with dial(server) as socket:
            socket.sendall(noise)
            socket.shutdown(1)
            read_all(socket)
    after = samples(server)
    assert after.keys() == before.keys()
    assert after["rollcall_grpc_calls_total", frozenset({("method", "unknown"), ("code", "UNIMPLEMENTED")})] >= 1_000
    requests = {labels: count for (name, labels), count in after.items() if name == "rollcall_http_requests_total"}
    assert requests[frozenset({("route", "/v1/models"), ("method", "other"), ("code", "405")})] == 1_000
    assert requests[frozenset({("route", "other"), ("method", "GET"), ("code", "404")})] == 500
    assert requests[frozenset({("route", "other"), ("method", "other"), ("code", "404")})] == 500
    assert requests[frozenset({("route", "/v1/models/{id...}"), ("method", "GET"), ("code", "404")})] == 500


def test_the_dashboard_asks_for_what_is_served(server):
    dashboard = json.loads(DASHBOARD.read_text())
    served = {name for name, _ in samples(server)}
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len(panels) >= 12 and len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        assert panel["title"] and panel["targets"], panel
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            names = set(re.findall(r"\b(?:rollcall|process)_[a-z0-9_]+", target["expr"]))
            assert names and names <= served, f"{panel['title']} asks for {names - served}"
            labels = set(re.findall(r"\bby \(([a-z_, ]+)\)", target["expr"]))
            for label in {label.strip() for list in labels for label in list.split(",")} - {"instance", "job"}:
                assert any(label in dict(labels) for name, labels in samples(server) if name in names), target["expr"]
    names = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert names[0] == "datasource" and dashboard["templating"]["list"][0]["type"] == "datasource"
    assert not dashboard.get("id"), "an import gives it one"
