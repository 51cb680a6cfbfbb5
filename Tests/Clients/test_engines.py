"""What happens to engines is told truthfully, soon, and harms no other engine."""

import statistics
import time

import httpx
import pytest

import harness
from watching import until


def watch(catalog, pb):
    """A watch that has seen the first list."""
    stream = catalog.WatchModels(pb.WatchModelsRequest(), timeout=60)
    return stream, until(stream, lambda event: event.type == pb.SYNCED)


def settled(server, count):
    return harness.eventually(lambda: len(server.models()) == count, f"{count} models")


def test_an_adapter_loaded_on_a_running_engine_is_added_and_removed(start, connect, pb):
    simulator = start.simulator(engines=2, models=2)
    server = start.serving(simulator)
    settled(server, 4)
    stream, first = watch(connect(server), pb)
    base = first[0].model.id
    url = next(
        url for url in simulator.urls()
        if base in [entry["id"] for entry in httpx.get(f"{url}/v1/models").json()["data"]])

    httpx.post(f"{url}/v1/load_lora_adapter", json={"lora_name": "my-lora", "lora_path": "/adapters/my"}).raise_for_status()
    added = until(stream, lambda event: event.type == pb.ADDED)[-1]
    assert (added.model.id, added.model.kind, added.model.state) == ("my-lora", pb.ADAPTER, pb.READY)
    assert added.model.parent and added.revision > 0
    assert server.model("my-lora")["parent"] == added.model.parent

    httpx.post(f"{url}/v1/unload_lora_adapter", json={"lora_name": "my-lora"}).raise_for_status()
    removed = until(stream, lambda event: event.type == pb.REMOVED)[-1]
    assert (removed.model.namespace, removed.model.id) == ("default", "my-lora")
    assert removed.revision > added.revision
    assert "my-lora" not in server.states()


def test_a_dead_engine_is_unreachable_and_comes_back(start, connect, pb):
    simulator = start.simulator(engines=3, models=2)
    server = start.serving(simulator)
    settled(server, 6)
    stream, _ = watch(connect(server), pb)
    simulator.set(1, "gone")
    lost = until(stream, lambda event: event.type == pb.MODIFIED and event.model.state == pb.UNREACHABLE)[-1].model.id
    states = harness.eventually(
        lambda: (states := server.states()) and list(states.values()).count("UNREACHABLE") == 2 and states,
        "two unreachable models")
    assert list(states.values()).count("READY") == 4 and len(states) == 6, "others are left alone, nothing vanishes"

    simulator.set(1, "ok")
    back = until(stream, lambda event: event.model.id == lost and event.model.state == pb.READY)[-1]
    assert back.type == pb.MODIFIED
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "all ready")


def test_one_of_two_replicas_gone_is_degraded(start):
    simulator = start.simulator(engines=2, models=2, replicas=2)
    server = start.serving(simulator)
    settled(server, 2)
    harness.eventually(lambda: all(model["total_replicas"] == 2 for model in server.models()), "two replicas each")
    simulator.set(1, "gone")
    harness.eventually(lambda: set(server.states().values()) == {"DEGRADED"}, "degraded")
    assert all(model["ready_replicas"] == 1 for model in server.models())
    simulator.set("all", "gone")
    harness.eventually(lambda: set(server.states().values()) == {"UNREACHABLE"}, "unreachable")
    simulator.set("all", "ok")
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "ready")


def idle(server, simulator, engines, count):
    """Ends the work of engines, and waits until every one of `count` engines was probed since: a busy one that hangs is
    READY for a minute."""
    simulator.set(engines, "frozen")
    probes = server.metric("rollcall_probes_total")
    harness.eventually(lambda: server.metric("rollcall_probes_total") > probes + 3 * count, "probes of all engines")


@pytest.mark.parametrize("mode", ["failing", "unhealthy", "garbage", "truncated", "huge", "hang", "gone"])
def test_a_sick_engine_harms_its_own_models_alone(start, mode):
    simulator = start.simulator(engines=3, models=2)
    server = start.serving(simulator)
    settled(server, 6)
    memory = server.resident_bytes()
    if mode == "hang": idle(server, simulator, 1, 3)
    simulator.set(1, mode)
    states = harness.eventually(
        lambda: (states := server.states()) and list(states.values()).count("READY") == 4 and states,
        f"models of the {mode} engine not ready", timeout=40)
    assert len(states) == 6, "nothing vanishes"
    assert server.resident_bytes() - memory < 100_000_000
    simulator.set(1, "ok")
    harness.eventually(lambda: list(server.states().values()) == ["READY"] * 6, "all ready", timeout=40)


def test_a_slow_engine_is_still_listed(start):
    simulator = start.simulator(engines=2, models=1)
    server = start.serving(simulator)
    settled(server, 2)
    simulator.set(1, "slow", delay_ms=300)
    misses = 0
    for _ in range(100):
        misses += set(server.states().values()) != {"READY"}
        time.sleep(0.02)
    assert misses == 0


def test_what_an_engine_makes_up_is_no_change(start, connect, pb):
    """vLLM's `created` and `permission` differ in every answer; revision and ETag must not."""
    simulator = start.simulator(engines=2, models=3, adapters=1)
    server = start.serving(simulator)
    settled(server, 8)
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "all ready")
    catalog = connect(server)
    first = catalog.ListModels(pb.ListModelsRequest())
    tag = httpx.get(f"{server.url}/v1/models").headers["etag"]
    probes = server.metric("rollcall_probes_total")
    harness.eventually(lambda: server.metric("rollcall_probes_total") > probes + 10, "ten more probes")
    again = catalog.ListModels(pb.ListModelsRequest())
    assert again.revision == first.revision and again == first
    assert httpx.get(f"{server.url}/v1/models").headers["etag"] == tag


def test_forgotten_after_a_time_but_not_while_most_are_away(start):
    simulator = start.simulator(engines=5, models=1)
    server = start.serving(simulator, "--forget-after", "1s")
    settled(server, 5)
    simulator.set("1-3", "gone")
    harness.eventually(lambda: list(server.states().values()).count("UNREACHABLE") == 3, "three unreachable")
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        assert len(server.states()) == 5, "the clocks that forget stand still"
        time.sleep(0.05)
    simulator.set("1-2", "ok")
    harness.eventually(lambda: len(server.states()) == 4, "the third forgotten")
    assert set(server.states().values()) == {"READY"}


@pytest.mark.alone
def test_half_of_two_hundred_engines_black_holed(start, connect, pb, note):
    simulator = start.simulator(engines=200, models=5)
    server = start.serving(simulator, interval="1s")
    settled(server, 1000)
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "all ready")
    catalog = connect(server)

    def median(rounds=300):
        times = []
        for _ in range(rounds):
            started = time.perf_counter()
            page = catalog.ListModels(pb.ListModelsRequest())
            times.append(time.perf_counter() - started)
            assert page.total_size == 1000 and len(page.models) == 100
        return statistics.median(times) * 1e6

    before = median()
    idle(server, simulator, "0-99", 200)
    simulator.set("0-99", "hang")
    during = median()
    harness.eventually(
        lambda: list(server.states().values()).count("UNREACHABLE") == 500, "half unreachable", timeout=60)
    after = median()
    assert len(server.models()) == 1000
    note(f"ListModels of 100, median of 300 by grpcio: {before:.0f} us with 200 engines up, {during:.0f} us as half of "
         f"them stop answering, {after:.0f} us when they are known to be unreachable")


def test_readyz_and_lists_wait_for_the_truth(start):
    """A server whose only engine has not spoken says neither `ready` nor an empty list."""
    simulator = start.simulator(engines=1, models=1)
    simulator.set("all", "hang")
    server = start.server("--engine", simulator.urls()[0])
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    ready, models = httpx.get(f"{server.url}/readyz"), httpx.get(f"{server.url}/v1/models")
    assert (ready.status_code, models.status_code) == (503, 503)
    assert int(models.headers["retry-after"]) > 0 and models.json()["error"]["message"]
    simulator.set("all", "ok")
    server.ready()
    settled(server, 1)
