"""The time between SIGTERM and the end of listening (--drain-delay), in which a balancer sees that the server goes."""

import signal
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness
from test_health import NOT_SERVING, SERVING

# Longer than any test takes: only a signal ends it.
LONG = "10m"


@pytest.fixture
def leaving(start):
    """A server with an engine and a delay, which the signal has not reached yet."""

    def leaving(delay):
        engine = start.engine([harness.card("m")])
        return start.server("--engine", engine.url, "--drain-delay", delay).ready()

    return leaving


def refuses(server):
    """Whether no new connection is taken."""
    try:
        httpx.get(f"{server.url}/healthz")
    except httpx.ConnectError:
        return True
    return False


def test_a_server_in_its_delay_is_not_ready_and_answers_everything(leaving, connect, pb):
    server = leaving(LONG)
    with grpc.insecure_channel(server.address) as channel, httpx.Client(base_url=server.url) as client:
        health = health_pb2_grpc.HealthStub(channel)
        statuses = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(statuses).status == SERVING
        watch = connect(server).WatchModels(pb.WatchModelsRequest(), timeout=60)
        assert next(watch).type == pb.ADDED
        assert client.get("/readyz").status_code == 200
        server.signal(signal.SIGTERM)
        # Told, not only to be asked.
        assert next(statuses).status == NOT_SERVING
        assert health.Check(health_pb2.HealthCheckRequest()).status == NOT_SERVING
        for ask in (client.get, lambda path: httpx.get(server.url + path)):
            gone = ask("/readyz")
            assert (gone.status_code, gone.text) == (503, "draining\n")
            assert ask("/healthz").status_code == 200
            assert [model["id"] for model in ask("/v1/models").json()["data"]] == ["m"]
        assert connect(server).GetModel(pb.GetModelRequest(id="m")).state == pb.READY
        late = connect(server).WatchModels(pb.WatchModelsRequest(), timeout=60)
        assert [next(late).type, next(late).type] == [pb.ADDED, pb.SYNCED]
        # A second signal ends the delay: the drain is as without one.
        server.signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in watch: pass
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait() == 0


def test_changes_go_on_in_the_delay(start):
    engine = start.engine([harness.card("m")])
    server = start.server("--engine", engine.url, "--drain-delay", LONG).ready()
    server.signal(signal.SIGTERM)
    engine.models = [harness.card("n")]
    harness.eventually(lambda: set(server.states()) == {"n"}, "the change")


def test_the_delay_ends_by_itself(leaving):
    server = leaving("1s")
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert time.monotonic() - began >= 1


def test_a_server_without_a_delay_stops_at_once(leaving):
    server = leaving("0s")
    server.signal(signal.SIGTERM)
    harness.eventually(lambda: refuses(server), "the end of listening", 5)
    assert server.wait() == 0


@pytest.mark.parametrize("numbers", [(signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGINT)])
def test_a_second_signal_of_either_kind_ends_the_delay(leaving, numbers):
    server = leaving(LONG)
    first, second = numbers
    server.signal(first)
    server.wait_for("listening goes on")
    assert not refuses(server)
    server.signal(second)
    assert server.wait() == 0


@pytest.mark.parametrize("text", ["-1s", "11m", "soon", "5"])
def test_a_delay_that_is_none_is_a_mistake(text):
    done = harness.subprocess.run(
        [harness.BINARY, "serve", "--engine", "http://127.0.0.1:1", f"--drain-delay={text}"], capture_output=True, text=True)
    assert done.returncode != 0 and "drain-delay" in done.stderr


@pytest.mark.parametrize("field", [None, "forwarded", "via", "x-forwarded-for", "X-Forwarded-Proto", "x-real-ip"])
def test_a_call_that_a_proxy_forwarded_is_not_administration(server, administer, admin_pb, field):
    """A proxy on this machine has a loopback address, whoever its client is."""
    metadata = [(field.lower(), "203.0.113.7")] if field else []
    stub = administer(server.address)
    for method, request in [
        (stub.ListEngines, admin_pb.ListEnginesRequest()),
        (stub.SetModelLabels, admin_pb.SetModelLabelsRequest(id="no-such-model")),
    ]:
        try:
            method(request, metadata=metadata)
            code = grpc.StatusCode.OK
        except grpc.RpcError as error:
            code = error.code()
        assert (code == grpc.StatusCode.PERMISSION_DENIED) == (field is not None)


@pytest.mark.parametrize("http2", [False, True])
def test_a_stream_of_events_asks_proxies_to_hand_on_each_at_once(server, http2):
    with httpx.Client(http1=not http2, http2=http2) as client:
        with client.stream("GET", f"{server.url}/v1/models", params={"watch": "true"}) as answer:
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["cache-control"] == "no-store, no-transform"
            assert next(answer.iter_lines())
