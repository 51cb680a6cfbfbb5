"""llama.cpp's own HTTP server with a model of 117,056 random weights: an engine that we did not write."""

import pathlib
import sys

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
