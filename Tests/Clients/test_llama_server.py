"""llama.cpp's own `llama-server`, plain, behind a prefix, asleep and as a router: an engine that we did not write."""

import re
import shutil
import time

import httpx
import pytest

import harness
import make_gguf
from llama_server import LlamaServer

# About a dozen probes: see PROBE_INTERVAL.
SEVERAL_INTERVALS = 2.5


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("llama-server") / "tiny.gguf"
    make_gguf.write(path)
    return path


@pytest.fixture
def run(start, tmp_path):
    """Runs llama-server with these arguments."""
    return lambda *arguments, **options: start.keep(LlamaServer(tmp_path, *arguments, **options))


def full(server, id):
    """The model with its readings, and its only replica."""
    model = httpx.get(f"{server.url}/v1/models/{id}", params={"view": "full"}).raise_for_status().json()
    (replica,) = model["replicas"]
    return model, replica


def await_states(server, states):
    harness.eventually(lambda: server.states() == states, f"the states {states}")


def test_its_model_its_alias_and_its_work_are_listed(start, run, weights):
    engine = run("--model", weights, "--alias", "tiny,small", "--metrics")
    server = start.server("--engine", engine.url).ready()
    await_states(server, {"tiny": "READY", "small": "READY"})
    assert {id: server.model(id)["max_model_len"] for id in ("tiny", "small")} == {"tiny": 256, "small": 256}

    def has_worked():
        assert engine.complete("tiny") == 4
        readings = full(server, "tiny")[0]["readings"]
        return readings and readings["generation_tokens_per_second"]

    harness.eventually(has_worked, "token rates")
    model, replica = full(server, "tiny")
    assert (model["owned_by"], replica["engine_kind"]) == ("llamacpp", "llamacpp")
    assert replica["readings"]["running_requests"] is not None
    assert replica["readings"]["kv_cache_usage"] is None, "this server does not report it"
    # An alias has the same weights, of at least a byte each.
    sizes = {full(server, id)[1]["resources"]["model_bytes"] for id in ("small", "tiny")}
    assert len(sizes) == 1 and sizes.pop() > 117_056


def test_without_its_metrics_the_log_says_why_there_are_no_readings(start, run, weights):
    engine = run("--model", weights, "--alias", "tiny")
    server = start.server("--engine", engine.url).ready()
    await_states(server, {"tiny": "READY"})
    time.sleep(SEVERAL_INTERVALS)
    lines = re.findall(r"an engine has no metrics.*", server.output())
    assert len(lines) == 1 and f"GET {engine.url}/metrics: 501" in lines[0]
    assert full(server, "tiny")[0]["readings"] is None


def test_behind_a_prefix_it_is_found_below_its_url(start, run, weights):
    engine = run("--model", weights, "--alias", "tiny", "--metrics", prefix="/tenant/a")
    server = start.server("--engine", engine.url).ready()
    await_states(server, {"tiny": "READY"})
    harness.eventually(lambda: full(server, "tiny")[1]["readings"], "readings")
    model, replica = full(server, "tiny")
    assert (replica["engine_kind"], replica["endpoint"], model["max_model_len"]) == ("llamacpp", engine.url, 256)


def test_a_server_that_sleeps_is_shown_COLD_and_left_asleep(start, run, weights):
    engine = run("--model", weights, "--alias", "tiny", "--metrics", "--sleep-idle-seconds", 1)
    harness.eventually(engine.is_sleeping, "sleep")
    server = start.server("--engine", engine.url).ready()
    await_states(server, {"tiny": "COLD"})
    time.sleep(SEVERAL_INTERVALS)
    assert engine.is_sleeping() and engine.awakenings() == 0
    assert server.states() == {"tiny": "COLD"}
    assert "asleep" in full(server, "tiny")[1]["state_reason"]
    assert server.model("tiny")["max_model_len"] == 256

    # A client wakes it.
    assert engine.complete("tiny") == 4
    await_states(server, {"tiny": "READY"})
    assert engine.awakenings() == 1


def test_a_server_without_metrics_falls_asleep_while_it_is_probed(start, run, weights):
    """Its metrics are what would keep it awake: no other path that Rollcall asks for does."""
    engine = run("--model", weights, "--alias", "tiny", "--sleep-idle-seconds", 1)
    server = start.server("--engine", engine.url).ready()
    await_states(server, {"tiny": "COLD"})
    time.sleep(SEVERAL_INTERVALS)
    assert engine.is_sleeping() and engine.awakenings() == 0


def test_with_its_metrics_left_alone_a_server_falls_asleep_while_it_is_probed(start, run, weights):
    engine = run("--model", weights, "--alias", "tiny", "--metrics", "--sleep-idle-seconds", 1)
    server = start.server("--engine", f"{engine.url},metrics=off").ready()
    await_states(server, {"tiny": "COLD"})
    time.sleep(SEVERAL_INTERVALS)
    assert engine.is_sleeping() and engine.awakenings() == 0


def test_a_router_lists_each_model_with_its_state_and_loads_none(start, run, weights, tmp_path):
    directory = tmp_path / "models"
    directory.mkdir()
    for name in ("alpha", "beta"): shutil.copy(weights, directory / f"{name}.gguf")
    (directory / "broken.gguf").write_text("no weights")
    router = run("--models-dir", directory, "--models-max", 1, "--metrics")
    server = start.server("--engine", router.url).ready()
    await_states(server, {"alpha": "COLD", "beta": "COLD", "broken": "COLD"})
    time.sleep(SEVERAL_INTERVALS)
    assert server.states() == {"alpha": "COLD", "beta": "COLD", "broken": "COLD"}, "probes load nothing"

    router.load("alpha")
    await_states(server, {"alpha": "READY", "beta": "COLD", "broken": "COLD"})
    assert server.model("alpha")["max_model_len"] == 256
    # There is room for one: the other is unloaded.
    router.load("beta")
    await_states(server, {"alpha": "COLD", "beta": "READY", "broken": "COLD"})
    assert server.model("alpha")["max_model_len"] == 256, "a length that was known stays known"
    router.load("broken")
    await_states(server, {"alpha": "COLD", "beta": "COLD", "broken": "FAILED"})
    assert full(server, "broken")[1]["state_reason"]

    router.stop()
    await_states(server, {id: "UNREACHABLE" for id in ("alpha", "beta", "broken")})
