"""Engines by host name: a name that hangs costs its own engine alone, and an engine's reason says what its name lacks."""

import re
import resource
import time

import httpx
import pytest

import harness
import name_server
import silent_names

HANGS = "the host name is not resolved: the name server does not answer"
UNKNOWN = "the host name cannot be resolved"


@pytest.fixture
def names(start, tmp_path):
    silent_names.needed()
    return start.keep(silent_names.SilentNames(tmp_path))


@pytest.fixture
def serve(start, names, tmp_path):
    """A server for engines by URL, which asks the test's name server alone."""

    def serve(urls, *arguments, interval="1s"):
        file = tmp_path / "engines.yaml"
        file.write_text("engines:\n" + "".join(f"- url: {url}\n" for url in urls))
        return start.server("--engines-file", file, *arguments, interval=interval, through=names.only())

    return serve


def replicas(server):
    """State and cause of each replica, by the host of its engine; of those that have a model."""
    models = httpx.get(f"{server.url}/v1/models", params={"view": "full"}, timeout=30).raise_for_status().json()["data"]
    return {
        replica["endpoint"].split("/")[2].rsplit(":", 1)[0]: (replica["state"], re.sub(r"^GET \S+: ", "", replica.get("state_reason", "")))
        for model in models for replica in model["replicas"]}


def ready(server):
    return sum(state == "READY" for state, _ in replicas(server).values())


@pytest.mark.slow
@pytest.mark.parametrize("hanging", [2, 1000])
def test_names_that_hang_cost_no_engine_whose_name_is_answered(names, serve, start, note, hanging):
    engine = start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
    wells = [f"well-{number}.test" for number in range(20)]
    hangs = [f"hang-{number}.test" for number in range(hanging)]
    names.addresses = {name: [f"127.0.2.{number}"] for number, name in enumerate(wells, 1)}
    names.hanging = set(hangs)
    urls = [f"http://{name}:{engine.port}" for pair in (hangs, wells) for name in pair]
    began = time.monotonic()
    server = serve(urls, "--probe-timeout", "1s")
    harness.eventually(lambda: ready(server) == 20, "all 20 are READY")
    took, worst, end = time.monotonic() - began, 20, time.monotonic() + 12
    while time.monotonic() < end:
        worst = min(worst, ready(server))
        time.sleep(0.1)
    note(f"{hanging} hanging names: all 20 others READY after {took:.1f} s, then {worst} of 20 at worst")
    assert worst == 20
    # The lookups of a name that hangs go on, but few at a time.
    assert all(names.questions.get(name) for name in hangs)


def test_an_engine_outlives_a_silent_name_server_and_then_the_reason_says_so(names, serve, start):
    engine = start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
    names.addresses = {"a.test": ["127.0.2.1"]}
    server = serve([f"http://a.test:{engine.port}"], interval="200ms").ready()
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine")
    names.hanging = {"a.test"}
    end = time.monotonic() + 8
    while time.monotonic() < end:
        assert replicas(server) == {"a.test": ("READY", "")}
        time.sleep(0.1)
    # Until the name server answers again, or for a minute.
    harness.eventually(lambda: replicas(server) == {"a.test": ("UNREACHABLE", HANGS)}, "the reason", 90)
    names.hanging = set()
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine again")


def test_a_name_that_is_taken_away_or_moved_is_believed(names, serve, start):
    engine = start.keep(harness.Engine([harness.card("m")], host="127.0.2.1"))
    names.addresses = {"a.test": ["127.0.2.1"]}
    server = serve([f"http://a.test:{engine.port}"], interval="200ms").ready()
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine")
    names.addresses = {}
    harness.eventually(lambda: replicas(server) == {"a.test": ("UNREACHABLE", UNKNOWN)}, "the loss", 15)
    names.addresses = {"a.test": ["127.0.2.1"]}
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine again", 15)
    names.addresses = {"a.test": ["127.0.2.9"]}
    harness.eventually(lambda: replicas(server) == {"a.test": ("UNREACHABLE", "connection refused")}, "the move", 15)
    # The second of two addresses is the engine's.
    names.addresses = {"a.test": ["127.0.2.9", "127.0.2.1"]}
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine again", 15)


def test_another_name_server_in_the_configuration_is_noticed(names, serve, start):
    engine = start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
    names.addresses = {"a.test": ["127.0.2.1"]}
    server = serve([f"http://a.test:{engine.port}"], interval="200ms").ready()
    # The file is the one that the server sees as /etc/resolv.conf. Nothing answers at this address.
    config = names.directory / "silent-resolv.conf"
    config.write_text("nameserver 127.54.0.1\n")
    asked = lambda: names.questions.get("a.test", 0)

    def is_quiet():
        before = asked()
        time.sleep(3)
        return asked() == before

    harness.eventually(is_quiet, "the old server is not asked any more")
    config.write_text(f"nameserver {names.address}\n")
    before = asked()
    harness.eventually(lambda: asked() > before, "the old server is asked again")
    harness.eventually(lambda: replicas(server) == {"a.test": ("READY", "")}, "the engine")


def test_an_answer_that_needs_tcp_is_taken(start, tmp_path):
    name_server.needed()
    names = start.keep(name_server.NameServer(tmp_path))
    engine = start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
    names.put({"vllm": [f"127.0.{net}.{n}" for net in (1, 2, 3) for n in range(1, 101)]})
    url = f"http://vllm.{name_server.ZONE}:{engine.port}"
    server = start.server("--engine", url, through=names.only(1)).ready()
    harness.eventually(lambda: server.states() == {"m": "READY"}, "the engine")


@pytest.mark.alone
def test_a_server_without_descriptors_blames_no_engine_for_its_name(names, serve, start):
    engine = start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
    names.addresses = {"a.test": ["127.0.2.1"]}
    server = serve([f"http://a.test:{engine.port}"], interval="200ms").ready()
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    # A connection that is kept, because no other is accepted then.
    with httpx.Client(base_url=server.url, timeout=30) as client:
        def engines():
            models = client.get("/v1/models?view=full").raise_for_status().json()["data"]
            return [(replica["state"], replica.get("state_reason", "")) for model in models for replica in model["replicas"]]

        harness.eventually(lambda: engines() == [("READY", "")], "the engine")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (10, before[1]))
        reason = "not probed: this process has too many open files"
        harness.eventually(lambda: engines() == [("READY", reason)], "the reason")
        end = time.monotonic() + 5
        while time.monotonic() < end:
            assert engines() == [("READY", reason)]
            time.sleep(0.1)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        harness.eventually(lambda: engines() == [("READY", "")], "the engine again")
