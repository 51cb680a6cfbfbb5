"""Declared labels by grpcio, and who may declare them."""

import socket
import types

import grpc
import httpx
import pytest

import harness
from details import reason
from watching import until


@pytest.fixture
def lived(start, connect, administer):
    """A server over one engine that serves m, with labels of its own."""
    engine = start.engine([harness.card("m")])
    server = start.server("--engine", f"{engine.url},labels.tier=gold,labels.team=a").ready()
    return types.SimpleNamespace(
        server=server, engine=engine, catalog=connect(server), admin=administer(server.address))


def test_declared_labels_win_and_can_be_taken_away(lived, pb, admin_pb):
    before = lived.catalog.GetModel(pb.GetModelRequest(id="m"))
    assert before.labels == {"tier": "gold", "team": "a"}
    request = admin_pb.SetModelLabelsRequest(id="m", labels={"tier": "iron", "ünï": "模型"}, etag=before.etag)
    model = lived.admin.SetModelLabels(request)
    assert model.labels == {"tier": "iron", "team": "a", "ünï": "模型"}
    assert model.etag != before.etag and model.revision > before.revision
    assert lived.catalog.GetModel(pb.GetModelRequest(id="m")) == model
    assert lived.server.model("m")["labels"] == model.labels
    bare = lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id="m"))
    assert bare.labels == before.labels and bare.etag == before.etag


def test_a_watch_and_a_diff_tell_it(lived, pb, admin_pb):
    stream = lived.catalog.WatchModels(pb.WatchModelsRequest(), timeout=30)
    synced = until(stream, lambda event: event.type == pb.SYNCED)[-1]
    model = lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id="m", labels={"a": "1"}))
    event = next(stream)
    assert event.type == pb.MODIFIED and event.model == model and event.revision == model.revision
    stream.cancel()
    diff = lived.catalog.DiffModels(pb.DiffModelsRequest(from_revision=synced.revision, to_revision=model.revision))
    assert [difference.after for difference in diff.differences] == [model]


def test_another_etag_is_aborted(lived, pb, admin_pb):
    before = lived.catalog.GetModel(pb.GetModelRequest(id="m"))
    lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id="m", labels={"a": "1"}, etag=before.etag))
    with pytest.raises(grpc.RpcError) as caught:
        lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id="m", labels={"a": "2"}, etag=before.etag))
    assert caught.value.code() == grpc.StatusCode.ABORTED
    assert reason(caught.value) == "ETAG_MISMATCH"
    assert lived.catalog.GetModel(pb.GetModelRequest(id="m")).labels["a"] == "1"


@pytest.mark.parametrize(
    "request_, code, why",
    [
        ({"id": "ghost"}, grpc.StatusCode.NOT_FOUND, "MODEL_NOT_FOUND"),
        ({"id": "m", "namespace": "other"}, grpc.StatusCode.NOT_FOUND, "MODEL_NOT_FOUND"),
        ({"id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
        ({"id": "m", "labels": {"": "x"}}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
        ({"id": "m", "labels": {str(number): "x" for number in range(500)}}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
    ])
def test_what_cannot_be_declared_is_refused(lived, pb, admin_pb, request_, code, why):
    with pytest.raises(grpc.RpcError) as caught:
        lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(**request_))
    assert caught.value.code() == code
    assert reason(caught.value) == why


def test_labels_wait_for_a_model_that_is_away(lived, pb, admin_pb):
    lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id="m", labels={"a": "1"}))
    lived.engine.models = []
    harness.eventually(lambda: not lived.server.models(), "no model")
    lived.engine.models = [harness.card("m")]
    harness.eventually(lambda: lived.server.models(), "the model")
    assert lived.server.model("m")["labels"] == {"tier": "gold", "team": "a", "a": "1"}


def own_address():
    """An address of this machine that is not loopback; None when it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


@pytest.fixture
def exposed(start):
    """Starts a server on every address of this machine; its port, and an address that is not loopback."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    engine = start.engine([harness.card("m")])

    def exposed(*arguments):
        server = start.process(
            "serve", harness.BINARY, "serve", "--listen", "0.0.0.0:0", "--in-memory", "--engine", engine.url, *arguments)
        port = server.wait_for(r"listening on http://0\.0\.0\.0:(\d+)")[1]
        harness.eventually(lambda: httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200, "readiness")
        return address, port

    return exposed


def test_peers_on_other_machines_are_refused_and_told_how_they_would_be_let_in(exposed, administer, admin_pb):
    address, port = exposed()
    request = admin_pb.SetModelLabelsRequest(id="m", labels={"a": "1"})
    with pytest.raises(grpc.RpcError) as caught:
        administer(f"{address}:{port}").SetModelLabels(request, timeout=20)
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert reason(caught.value) == "ADMIN_LOOPBACK_ONLY"
    assert "--admin-insecure" in caught.value.details()
    assert administer(f"127.0.0.1:{port}").SetModelLabels(request, timeout=20).labels == {"a": "1"}


def test_peers_on_other_machines_are_let_in_when_the_server_is_open(exposed, administer, admin_pb):
    address, port = exposed("--admin-insecure")
    request = admin_pb.SetModelLabelsRequest(id="m", labels={"a": "1"})
    assert administer(f"{address}:{port}").SetModelLabels(request, timeout=20).labels == {"a": "1"}
