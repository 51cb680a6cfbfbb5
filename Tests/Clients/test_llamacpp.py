"""llama.cpp's own HTTP server with a model of 117,056 random weights: an engine that we did not write."""

import json
import pathlib
import sys
import urllib.request

import pytest

import harness
import make_gguf

HERE = pathlib.Path(__file__).resolve().parent
ALIAS = "tiny-org/tiny-llama"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("llamacpp") / "tiny.gguf"
    make_gguf.write(path)
    return path


def engine(start, weights, port=0):
    process = start.process("llamacpp", sys.executable, HERE / "llamacpp_server.py", weights, ALIAS, port)
    return process, process.wait_for(rf"llama.cpp: listening on (http://127\.0\.0\.1:{port or '[1-9][0-9]*'})", 60)[1]


def complete(url, tokens):
    """Has the engine work."""
    body = {"model": ALIAS, "prompt": "a", "max_tokens": tokens, "ignore_eos": True}
    request = urllib.request.Request(
        f"{url}/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["usage"]["completion_tokens"]


def test_what_it_does_is_read(start, connect, pb, weights):
    _, url = engine(start, weights)
    server = start.server("--engine", url).ready()
    harness.eventually(lambda: server.states() == {ALIAS: "READY"}, "the model")
    full = pb.GetModelRequest(id=ALIAS, view=pb.FULL)

    def is_generating():
        assert complete(url, 32) == 32
        model = connect(server).GetModel(full)
        readings = model.readings
        return readings.generation_tokens_per_second.value > 0 and readings.prompt_tokens_per_second.value > 0

    harness.eventually(is_generating, "token rates", timeout=60)
    model = connect(server).GetModel(full)
    (replica,) = model.replicas
    assert replica.readings.HasField("taken_at") and replica.readings.HasField("running_requests")
    assert not replica.readings.HasField("kv_cache_usage"), "this server does not tell it"
    assert replica.resources["model_bytes"] > 117_056, "at least a byte for each weight"


def test_its_model_is_listed_lost_and_found_again(start, connect, pb, weights):
    process, url = engine(start, weights)
    server = start.server("--engine", url).ready()
    harness.eventually(lambda: server.states() == {ALIAS: "READY"}, "the model")
    model = connect(server).GetModel(pb.GetModelRequest(id=ALIAS, view=pb.FULL))
    assert (model.kind, model.state, model.owned_by, model.max_model_len) == (pb.BASE, pb.READY, "llamacpp", 256)
    assert [replica.engine_kind for replica in model.replicas] == ["llamacpp"]

    process.kill()
    harness.eventually(lambda: server.states() == {ALIAS: "UNREACHABLE"}, "unreachable")
    engine(start, weights, port=int(url.rsplit(":", 1)[1]))
    harness.eventually(lambda: server.states() == {ALIAS: "READY"}, "ready again", timeout=60)
    assert connect(server).GetModel(pb.GetModelRequest(id=ALIAS)).created == model.created
