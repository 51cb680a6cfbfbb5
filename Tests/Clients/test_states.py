"""The states of replicas, as a real server tells them of simulated engines: what each means, why, and since when."""

import re
import signal

import httpx
import pytest

import harness
from watching import until

LIVELY = ["--stall-after", "1s", "--proof-timeout", "500ms"]


def replicas(server):
    """Every replica by engine id."""
    models = httpx.get(f"{server.url}/v1/models?view=full").raise_for_status().json()["data"]
    return {replica["engine_id"]: replica for model in models for replica in model["replicas"]}


def becomes(server, engine, state, reason=""):
    """The replica of an engine, once it is in the state."""

    def look():
        replica = replicas(server).get(engine, {"state": "nowhere", "state_reason": ""})
        return replica if replica["state"] == state and reason in replica["state_reason"] else None

    return harness.eventually(look, f"{engine} {state} {reason!r}", timeout=30)


def asked(url, path):
    """How often an engine answered a path, by its own count."""
    text = httpx.get(f"{url}/metrics").text
    return sum(float(n) for n in re.findall(rf'http_requests_total{{handler="{path}",status="\dxx"}} (\S+)', text))


def probed(url, times):
    """Waits until the engine was probed so many times more."""
    before = asked(url, "/v1/models")
    harness.eventually(lambda: asked(url, "/v1/models") >= before + times, f"{times} more probes", timeout=30)


@pytest.fixture
def one(start):
    """A fleet of one engine, and what serves it."""

    def make(*arguments, more=(), mode=None):
        simulator = start.simulator(engines=1, models=1, more=more)
        if mode: simulator.set(0, mode)
        url = simulator.urls()[0]
        return simulator, start.serving(simulator, *arguments), url, url.removeprefix("http://")

    return make


def test_an_engine_that_starts_is_loading_with_its_models_until_it_serves(one):
    simulator, server, _, engine = one(mode="loading")
    loading = becomes(server, engine, "LOADING", "/health: 503")
    assert server.states() == {"sim-org/model-000": "LOADING"}
    simulator.set(0, "ok")
    ready = becomes(server, engine, "READY")
    assert ready["state_reason"] == "" and ready["state_changed_at"] > loading["state_changed_at"]
    simulator.set(0, "unhealthy")
    becomes(server, engine, "FAILED", "/health: 503")


def test_a_restart_is_told_step_by_step(one, connect, pb):
    simulator, server, _, engine = one()
    stream = connect(server).WatchModels(pb.WatchModelsRequest(), timeout=60)
    until(stream, lambda event: event.type == pb.SYNCED)
    for mode, state in [("gone", pb.UNREACHABLE), ("loading", pb.LOADING), ("ok", pb.READY)]:
        simulator.set(0, mode)
        events = until(stream, lambda event: event.type == pb.MODIFIED)
        assert [event.model.state for event in events] == [state]


def test_one_that_sleeps_is_cold_and_harms_no_other(start):
    simulator = start.simulator(engines=2, models=1, replicas=2)
    server = start.serving(simulator)
    engines = [url.removeprefix("http://") for url in simulator.urls()]
    for url in simulator.urls()[:1]: httpx.post(f"{url}/sleep").raise_for_status()
    becomes(server, engines[0], "COLD", "asleep")
    model = server.model("sim-org/model-000")
    assert (model["state"], model["ready_replicas"], model["total_replicas"]) == ("READY", 1, 2)
    httpx.post(f"{simulator.urls()[1]}/sleep").raise_for_status()
    harness.eventually(lambda: server.model("sim-org/model-000")["state"] == "COLD", "the model COLD")
    httpx.post(f"{simulator.urls()[0]}/wake_up").raise_for_status()
    becomes(server, engines[0], "READY")


def test_work_that_stands_still_is_asked_for_a_token_and_fails_without(one):
    simulator, server, _, engine = one(*LIVELY)
    simulator.set(0, "stuck")
    becomes(server, engine, "FAILED", "frozen: no answer within 0.5 seconds")
    simulator.set(0, "ok")
    becomes(server, engine, "READY")


def test_a_core_that_hangs_and_shows_no_work_is_found_by_proofs_of_life_alone(one):
    simulator, server, url, engine = one(*LIVELY)
    simulator.set(0, "frozen")
    probed(url, 15)
    assert replicas(server)[engine]["state"] == "READY", "three times stall_after, and nothing to see"
    server.stop()
    simulator.set(0, "ok")

    simulator, server, url, engine = one(*LIVELY, "--proof-of-life", "1s")
    simulator.set(0, "frozen")
    becomes(server, engine, "FAILED", "frozen: ")
    simulator.set(0, "ok")
    becomes(server, engine, "READY")


def test_the_idle_are_asked_only_if_that_is_wanted_and_the_busy_never(one):
    _, server, url, engine = one(*LIVELY, more=["--idle"])
    probed(url, 15)
    assert asked(url, "/v1/completions") == 0 and replicas(server)[engine]["state"] == "READY"
    # The simulated engine ends a request every 2 s.
    _, server, url, engine = one("--stall-after", "4s", "--proof-of-life", "4s")
    probed(url, 25)
    assert asked(url, "/v1/completions") == 0 and replicas(server)[engine]["state"] == "READY"
    _, server, url, engine = one(*LIVELY, "--proof-of-life", "1s", more=["--idle"])
    harness.eventually(lambda: asked(url, "/v1/completions") >= 2, "two proofs")
    assert replicas(server)[engine]["state"] == "READY"


def test_a_frozen_engine_is_not_ready_again_because_rollcall_was_restarted(start, tmp_path):
    simulator = start.simulator(engines=1, models=1)
    engine = simulator.urls()[0].removeprefix("http://")
    options = ["--data", tmp_path / "data", *LIVELY]
    server = start.serving(simulator, *options)
    simulator.set(0, "stuck")
    failed = becomes(server, engine, "FAILED", "frozen: ")
    assert server.drain() == 0
    server = start.serving(simulator, *options)
    probed(simulator.urls()[0], 5)
    again = replicas(server)[engine]
    assert (again["state"], again["state_changed_at"]) == ("FAILED", failed["state_changed_at"])
    simulator.set(0, "ok")
    becomes(server, engine, "READY")


def test_what_its_source_ends_drains_before_it_stops(start, tmp_path):
    simulator = start.simulator(engines=1, models=1)
    url = simulator.urls()[0]
    engine = url.removeprefix("http://")
    server = start.serving(simulator)
    config = tmp_path / "config.yaml"
    plain = config.read_text()
    for text, state, reason in [
        (plain + "    draining: true\n", "DRAINING", "its source says that it ends"), (plain, "READY", ""),
        (plain + "    draining: true\n", "DRAINING", "its source says that it ends"),
    ]:
        config.write_text(text)
        server.signal(signal.SIGHUP)
        becomes(server, engine, state, reason)
    simulator.set(0, "gone")
    becomes(server, engine, "UNREACHABLE")


def test_the_time_and_the_reason_stay_while_the_state_does(one):
    simulator, server, url, engine = one()
    first = replicas(server)[engine]
    probed(url, 5)
    later = replicas(server)[engine]
    assert later["state_changed_at"] == first["state_changed_at"]
    assert later["observed_at"] > first["observed_at"]
    simulator.set(0, "gone")
    lost = becomes(server, engine, "UNREACHABLE", "connection refused")
    assert lost["state_changed_at"] > first["state_changed_at"]


def test_rise_and_fall_are_counted_in_probes(one):
    simulator, server, url, engine = one("--rise", "4", "--fall", "3")
    before = asked(url, "/v1/models")
    simulator.set(0, "garbage")
    becomes(server, engine, "FAILED")
    # It counts what it answers with nonsense, too.
    simulator.set(0, "ok")
    failed = asked(url, "/v1/models")
    assert failed - before >= 3
    becomes(server, engine, "READY")
    assert asked(url, "/v1/models") - failed >= 3


def test_replicas_that_disagree_are_flagged(start):
    engines = [
        start.engine([harness.card("m", max_model_len=length, root=root)]) for length, root in [(4096, "/a"), (8192, "/b")]]
    server = start.server(*(word for engine in engines for word in ("--engine", engine.url))).ready()
    harness.eventually(lambda: server.model("m")["total_replicas"] == 2, "both replicas")
    model = server.model("m")
    assert model["max_model_len"] == 4096
    assert {d["field"]: [v["value"] for v in d["values"]] for d in model["divergences"]} == {
        "max_model_len": ["4096", "8192"], "root": ["/a", "/b"]}
