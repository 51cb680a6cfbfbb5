"""Limits of clients as clients meet them: texts that are cut, watches of one peer, and few open files."""

import re
import subprocess

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness

CODE = grpc.StatusCode


def refused(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("id, code", [
    ("x" * 512, CODE.NOT_FOUND), ("\u00e9" * 256, CODE.NOT_FOUND), ("%" * 512, CODE.NOT_FOUND), ("\n" * 512, CODE.NOT_FOUND),
    ("x" * 513, CODE.INVALID_ARGUMENT), ("x" * 5_000, CODE.INVALID_ARGUMENT), ("\u00e9" * 10_000, CODE.INVALID_ARGUMENT),
    ("x" * 20_000, CODE.INVALID_ARGUMENT), ("x" * 1_000_000, CODE.INVALID_ARGUMENT)],
    ids=lambda value: f"{value[:1]!r} x {len(value)}" if isinstance(value, str) else value.name)
def test_an_id_of_any_length_has_its_answer(catalog, pb, id, code):
    error = refused(lambda: catalog.GetModel(pb.GetModelRequest(id=id), timeout=10))
    assert error.code() == code
    assert len(error.details().encode()) <= 1_024
    if code == CODE.INVALID_ARGUMENT: assert error.details() == "id: is longer than 512 bytes"


@pytest.mark.parametrize("name", ["namespace", "filter", "order_by", "page_token"])
@pytest.mark.parametrize("length", [2_000, 5_000, 1_000_000])
def test_a_long_text_in_a_list_is_an_error_that_arrives(catalog, pb, name, length):
    error = refused(lambda: catalog.ListModels(pb.ListModelsRequest(**{name: "\u00e9~" * length}), timeout=10))
    assert error.code() in {CODE.INVALID_ARGUMENT, CODE.RESOURCE_EXHAUSTED}
    assert len(error.details().encode()) <= 1_024


def test_a_long_name_of_a_service_has_its_answer(server, dial):
    health = health_pb2_grpc.HealthStub(dial(server.address))
    for length, code in [(256, CODE.NOT_FOUND), (257, CODE.INVALID_ARGUMENT), (30_000, CODE.INVALID_ARGUMENT)]:
        request = health_pb2.HealthCheckRequest(service="s" * length)
        assert refused(lambda: health.Check(request, timeout=10)).code() == code
    assert refused(lambda: next(health.Watch(request, timeout=10))).code() == CODE.INVALID_ARGUMENT


def test_rest_names_the_limit_and_not_the_id(server):
    answer = httpx.get(f"{server.url}/v1/models/{'x' * 5_000}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "model" and error["message"] == "'model' is longer than 512 bytes."


def watching(stub, pb):
    """A watch that runs; throws the error that refuses it."""
    call = stub.WatchModels(pb.WatchModelsRequest(), timeout=60)
    next(call)
    return call


def test_watches_of_one_address_are_refused_beyond_their_limit_until_one_ends(start, connect, dial, pb, tmp_path):
    engine = start.engine([harness.card("one")])
    arguments = ("--engine", engine.url, "--limit", "watches-per-peer=3", "--data", tmp_path / "data")
    for _ in range(2):  # The second time after a restart, which knows nothing of the watches before.
        server = start.server(*arguments).ready()
        harness.eventually(server.models, "the model")
        stub, health = connect(server), health_pb2_grpc.HealthStub(dial(server.address))
        calls = [watching(stub, pb), watching(stub, pb)]
        calls.append(health.Watch(health_pb2.HealthCheckRequest(), timeout=60))
        assert next(calls[-1]).status == health_pb2.HealthCheckResponse.SERVING
        refusal = refused(lambda: watching(stub, pb))
        assert refusal.code() == CODE.RESOURCE_EXHAUSTED and "watches-per-peer" in refusal.details()
        sse = httpx.get(f"{server.url}/v1/models?watch=true")
        assert sse.status_code == 503 and sse.headers["retry-after"] == "5" and "watches-per-peer" in sse.text
        metrics = httpx.get(f"{server.url}/metrics").text
        assert 'rollcall_limit{limit="watches-per-peer"} 3' in metrics
        assert 'rollcall_limit_reached_total{limit="watches-per-peer"} 2' in metrics
        for call in calls: call.cancel()
        harness.eventually(lambda: server.metric("rollcall_watchers") == 0, "no watch")
        watching(stub, pb).cancel()
        assert server.stop() == 0


def files(count):
    return ("bash", "-c", f'ulimit -n {count}; exec "$@"', "bash")


def test_with_few_open_files_fewer_clients_connect_and_the_log_says_so(start):
    engine = start.engine([harness.card("one")])
    server = start.server("--engine", engine.url, through=files(90)).ready()
    harness.eventually(server.models, "the model")
    limit = re.search(r'rollcall_limit\{limit="connections"\} (\d+)', httpx.get(f"{server.url}/metrics").text)
    assert 8 <= int(limit[1]) <= 29, "the rest is for probes, for operators and for the server itself"
    assert server.output().count("fewer connections") == 1


def test_with_too_few_open_files_the_server_does_not_start(tmp_path):
    done = subprocess.run(
        [*files(40), harness.BINARY, "serve", "--in-memory", "--listen", "127.0.0.1:0", "--engine", "http://127.0.0.1:1"],
        capture_output=True, text=True, timeout=60, env=harness.environment())
    assert done.returncode != 0
    assert "ulimit -n" in done.stderr
