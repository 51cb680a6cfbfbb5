"""Envoy, nginx, HAProxy and Caddy before two servers, with the configurations of the documents (scripts/deploy/proxies)."""

import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness
import proxies
from proxies import IDS
from test_events import events, kind, model
from watching import until


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    pair = proxies.Pair(tmp_path_factory.mktemp("pair"))
    yield pair
    pair.stop()


@pytest.fixture(scope="module", params=[*proxies.ALL])
def proxy(request, pair, tmp_path_factory):
    """Each proxy before the two servers."""
    proxy = proxies.ALL[request.param](tmp_path_factory.mktemp("proxy"), pair.servers).ready()
    yield proxy
    proxy.stop()


@pytest.fixture
def stub(proxy, connect):
    return connect(proxy)


def failure(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def test_unary_calls_and_their_errors_pass(proxy, stub, pb):
    assert stub.GetModel(pb.GetModelRequest(id=IDS[0]), timeout=30).id == IDS[0]
    assert {model.id for model in stub.ListModels(pb.ListModelsRequest(), timeout=30).models} == set(IDS)
    unknown = failure(lambda: stub.GetModel(pb.GetModelRequest(id="ghost"), timeout=30))
    assert unknown.code() == grpc.StatusCode.NOT_FOUND and "ghost" in unknown.details()
    assert any(name == "grpc-status-details-bin" for name, _ in unknown.trailing_metadata())
    bad = failure(lambda: stub.ListModels(pb.ListModelsRequest(filter="("), timeout=30))
    assert bad.code() == grpc.StatusCode.INVALID_ARGUMENT
    for path, status in [("/v1/models/ghost", 404), ("/v1/models?filter=(", 400), ("/nothing", 404), (f"/v1/models/{IDS[1]}", 200)]:
        answer = httpx.get(proxy.url + path)
        assert answer.status_code == status and answer.json()
    assert httpx.get(f"{proxy.url}/v1/models/{IDS[1].replace('/', '%2F')}").json()["id"] == IDS[1]
    health = health_pb2_grpc.HealthStub(stub_channel(proxy))
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=30).status == health_pb2.HealthCheckResponse.SERVING


def stub_channel(proxy):
    return grpc.insecure_channel(proxy.address, options=[("grpc.use_local_subchannel_pool", 1)])


def test_administration_does_not_pass(proxy, administer, admin_pb):
    refused = failure(lambda: administer(proxy.address).ListEngines(admin_pb.ListEnginesRequest(), timeout=30))
    # 403 of the proxy, by gRPC's table of HTTP's statuses.
    assert refused.code() == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("name", [*proxies.ALL])
def test_administration_through_a_proxy_that_lets_it_pass_is_not_of_this_machine(
        name, pair, tmp_path, administer, admin_pb):
    """Each configuration makes its proxy show that it forwards, also without the rule that refuses."""
    def change(text):
        return text.replace("/rollcall.v1.CatalogAdmin/", "/no.such.Service/")
    proxy = proxies.ALL[name](tmp_path, pair.servers, change).ready()
    try:
        refused = failure(lambda: administer(proxy.address).ListEngines(admin_pb.ListEnginesRequest(), timeout=30))
        assert refused.code() == grpc.StatusCode.PERMISSION_DENIED
        assert "its own machine" in refused.details()
    finally:
        proxy.stop()


def test_deadlines_and_cancels_reach_the_server(proxy, stub, pair, pb):
    harness.eventually(lambda: pair.watchers() == 0, "no watch")
    began = time.monotonic()
    stream = stub.WatchModels(pb.WatchModelsRequest(), timeout=1.5)
    late = failure(lambda: list(stream))
    assert late.code() == grpc.StatusCode.DEADLINE_EXCEEDED and time.monotonic() - began < 15
    harness.eventually(lambda: pair.watchers() == 0, "the end of the watch at its deadline")
    stream = stub.WatchModels(pb.WatchModelsRequest(), timeout=60)
    until(stream, lambda event: event.type == pb.SYNCED)
    # A page of metrics is kept for a moment.
    harness.eventually(lambda: pair.watchers() == 1, "the watch")
    stream.cancel()
    # Before anything is written to it: that may take half a minute.
    harness.eventually(lambda: pair.watchers() == 0, "the end of a cancelled watch", 10)
    with httpx.stream("GET", f"{proxy.url}/v1/models", params={"watch": "true"}, timeout=30) as answer:
        lines = events(answer.iter_lines())
        until(lines, lambda event: kind(event) == "SYNCED")
        harness.eventually(lambda: pair.watchers() == 1, "the event stream")
    harness.eventually(lambda: pair.watchers() == 0, "the end of an event stream that its client left", 10)


def test_tags_and_compression_pass(proxy, pair):
    # Both servers, which keep the same facts apart: each has its own tag.
    with httpx.Client(base_url=proxy.url, headers={"accept-encoding": "identity"}) as client:
        plain = client.get("/v1/models")
        assert "content-encoding" not in plain.headers and len(plain.content) > 1_400
        tags = [
            httpx.get(f"{server.url}/v1/models", headers={"accept-encoding": "identity"}).headers["etag"] for server in pair.servers]
        assert plain.headers["etag"] in tags
        held = client.get("/v1/models", headers={"if-none-match": ", ".join(tags)})
        assert (held.status_code, held.content) == (304, b"") and held.headers["etag"] in tags
        assert client.get("/v1/models", headers={"if-none-match": '"other"'}).status_code == 200

        def compressed():
            answer = client.get("/v1/models", headers={"accept-encoding": "gzip"})
            return answer.headers.get("content-encoding") == "gzip" and answer
        answer = harness.eventually(compressed, "a compressed list")
        assert answer.json()["data"] and answer.headers["etag"] not in tags
        assert not answer.headers["etag"].startswith("W/") and "Accept-Encoding" in answer.headers["vary"]


def told_at_once(url, pair):
    """Whether the events of a list, and of a change, come as they happen."""
    with httpx.stream("GET", f"{url}/v1/models", params={"watch": "true"}, timeout=30) as answer:
        lines = events(answer.iter_lines())
        assert answer.status_code == 200
        first = until(lines, lambda event: kind(event) == "SYNCED")
        assert {model(event)["id"] for event in first[:-1]} == set(IDS)
        pair.serve("late")
        try:
            assert until(lines, lambda event: kind(event) == "ADDED")[-1]
        finally:
            pair.serve()


def test_server_sent_events_are_not_held_back(proxy, pair):
    told_at_once(proxy.url, pair)


def test_a_bare_proxy_pass_of_nginx_does_not_hold_events_back(pair, tmp_path):
    bare = proxies.BareNginx(tmp_path, pair.servers).ready()
    try:
        told_at_once(bare.url, pair)
    finally:
        bare.stop()
