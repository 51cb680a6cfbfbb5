"""`rollcall top` and what else shows readings, in a terminal of 80 by 24 cells and without one."""

import json
import re
import signal

import pytest
import yaml

import harness
from terminal import Terminal

WIDE = "组织/模型-" + "很长的名字" * 12


@pytest.fixture
def terminal(start):
    return lambda *command, **size: start.keep(Terminal(harness.BINARY, *command, **size))


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server over simulated engines that work, and one engine that tells nothing of its two models."""
    directory = tmp_path_factory.mktemp("busy")
    simulator = harness.Simulator(directory, engines=2, models=6, replicas=2)
    silent = harness.Engine([harness.card(WIDE), harness.card("silent/" + "x" * 90)])
    config = directory / "config.yaml"
    config.write_text(simulator.config())
    server = harness.Server(directory, "--config", config, "--engine", silent.url).ready()
    yield server
    server.stop()
    silent.stop()
    simulator.stop()


def top(server, *arguments):
    return ["top", "--server", server.address, "--interval", "1s", *arguments]


def told(server):
    """Readings by model id."""
    models = json.loads(harness.run("list", "--view", "full", "--output", "json", "--server", server.address))
    return {model["id"]: model["readings"] for model in models}


def test_a_live_table_fits_the_terminal_and_moves(busy, terminal):
    screen = terminal(*top(busy))
    harness.eventually(lambda: sum(" READY " in line for line in screen.lines()) == 8, "the table")
    engines = re.compile(r"8 models  3 of 3 engines answer  oldest reading \ds$")
    harness.eventually(lambda: engines.match(screen.lines()[1]), "the number of engines")
    lines = screen.lines()
    assert lines[0].startswith("rollcall top") and busy.address in lines[0] and "revision" in lines[0], lines
    assert lines[3].split() == ["MODEL", "STATE", "REPLICAS", "RUN", "WAIT", "KV", "TOK/S", "TTFT"]
    assert any("…" in line and line.split()[-5:] == ["-"] * 5 for line in lines), lines
    # Rates need two probes.
    first = harness.eventually(lambda: (row := screen.row("sim-org/model-000"))[5] not in ("-", "0") and row, "a token rate")
    assert first[0] == "READY" and first[1] == "2/2"
    harness.eventually(lambda: screen.row("sim-org/model-000") != first, "numbers that move")
    screen.child.send_signal(signal.SIGINT)
    assert screen.wait() == 0 and screen.is_restored() and 70 <= screen.widest() <= 80


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGQUIT, b"q", b"\x03"])
def test_the_terminal_is_as_it_was_after_the_end(busy, terminal, end):
    screen = terminal(*top(busy))
    harness.eventually(lambda: any("sim-org/model-005" in line for line in screen.lines()), "the table")
    assert screen.is_on_alternate_screen() and not screen.is_restored()
    if isinstance(end, bytes):
        screen.type(end)
    else:
        screen.child.send_signal(end)
    assert screen.wait() == 0 and screen.is_restored()


def test_control_z_gives_the_terminal_back_until_it_goes_on(busy, terminal):
    screen = terminal(*top(busy))
    harness.eventually(lambda: screen.row("sim-org/model-000"), "the table")
    screen.type(b"\x1a")
    harness.eventually(lambda: screen.is_stopped() and screen.is_restored(), "the stop")
    screen.child.send_signal(signal.SIGCONT)
    harness.eventually(screen.is_on_alternate_screen, "the screen again")
    screen.type(b"q")
    assert screen.wait() == 0 and screen.is_restored()


def test_a_server_that_is_not_there_is_told_on_the_first_screen(terminal):
    screen = terminal("top", "--server", "127.0.0.1:1")
    assert screen.wait() == 1
    assert b"127.0.0.1:1" in screen.raw and b"\x1b[?1049h" not in screen.raw


def test_a_filter_that_is_wrong_is_shown_with_the_place(busy, terminal):
    screen = terminal(*top(busy, "--filter", "stat = READY"))
    assert screen.wait() == 1
    assert b"  ^" in screen.raw, screen.raw


def test_a_table_follows_the_size_of_its_terminal(busy, terminal):
    screen = terminal(*top(busy, "--sort", "id"), width=120, height=30)
    harness.eventually(lambda: screen.row("sim-org/model-000"), "the table")
    screen.resize(80, 9)
    harness.eventually(lambda: screen.lines()[-1] == "... 4 more", "the rows that do not fit")
    screen.resize(50, 24)
    harness.eventually(lambda: any("model-005" in line for line in screen.lines()), "all rows")
    screen.resize(120, 24)
    harness.eventually(lambda: any("x" * 30 in line for line in screen.lines()), "longer ids")


def test_states_are_shown_at_once_and_a_lost_server_is_told(start, terminal):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = start.server("--engine", engine.url).ready()
    screen = terminal("top", "--server", server.address, "--interval", "1h")
    harness.eventually(lambda: screen.row("one")[:2] == ["READY", "1/1"], "the table")
    engine.models = [harness.card("one")]
    harness.eventually(lambda: not any(line.startswith("two") for line in screen.lines()), "the removal")
    server.kill()
    harness.eventually(lambda: server.address in screen.lines()[2], "a note")
    assert screen.row("one")
    again = start.process(
        "serve-again", harness.BINARY, "serve", "--listen", server.address, "--engine", engine.url,
        "--probe-interval", "200ms", "--in-memory")
    engine.models = [harness.card("one"), harness.card("three")]
    again.wait_for("listening on")
    harness.eventually(lambda: screen.row("three"), "the new list")
    assert screen.lines()[2] == "" and screen.row("one")


def test_once_prints_one_table(busy, terminal):
    out = harness.run(*top(busy, "--once", "--sort", "id"))
    lines = out.splitlines()
    assert len(lines) == 4 + 8 and "\x1b" not in out
    assert any(line.startswith(WIDE + " ") for line in lines), "nothing is cut without a terminal"
    some = harness.run(*top(busy, "--once", "--filter", 'id = "sim-org/*"'))
    assert len(some.splitlines()) == 4 + 6
    screen = terminal(*top(busy, "--once"))
    assert screen.wait() == 0
    assert b"\x1b[?1049h" not in screen.raw and 70 <= screen.widest() <= 80


def test_tables_follow_each_other_without_a_terminal(busy, start):
    plain = start.process("top", harness.BINARY, *top(busy))
    plain.wait_for(r"(?s)MODEL .*\n\nrollcall top .*\n\nrollcall top ")
    assert "\x1b" not in plain.output()
    plain.signal(signal.SIGTERM)
    assert plain.wait() == 0


@pytest.mark.parametrize("command", [["list"], ["get", "sim-org/model-000"]])
def test_view_full_shows_replicas_in_eighty_columns(busy, terminal, command):
    harness.eventually(lambda: told(busy)["sim-org/model-000"]["generation_tokens_per_second"] is not None, "rates")
    screen = terminal(*command, "--view", "full", "--server", busy.address)
    assert screen.wait() == 0
    lines = screen.text().split("\n")
    assert 70 <= screen.widest() <= 80
    start = next(index for index, line in enumerate(lines) if line.startswith("sim-org/model-000"))
    for line in lines[start + 1:start + 3]:
        assert re.match(r"  \S+ +READY +(\d+ +){2}\d+% +\S+ +\S+m?s +\ds$", line), lines


def test_a_watch_in_view_full_tells_readings(busy, terminal, start):
    screen = terminal(
        "watch", "--view", "full", "--interval", "1s", "--server", busy.address, "--filter", 'id = "sim-org/*"')
    harness.eventually(lambda: screen.raw.count(b"READINGS") >= 6, "READINGS")
    screen.child.send_signal(signal.SIGINT)
    assert screen.wait() == 0 and 60 <= screen.widest() <= 80
    assert re.search(r"\n  \S+ +READY +run \d+ +wait \d+ +kv \d+% +\S+ t/s +ttft \S+ +\ds\n", screen.text())
    assert re.search(r"READINGS +- +- +sim-org/model-000\n  \S+ +run \d+", screen.text())
    watch = start.process(
        "watch", harness.BINARY, "watch", "--view", "full", "--interval", "1s", "--output", "json", "--server", busy.address)
    watch.wait_for(r'"type":"READINGS"')
    event = next(
        event for line in watch.output().splitlines() if line.startswith("{")
        for event in [json.loads(line)] if event["type"] == "READINGS")
    assert event["revision"] == 0 and set(event["model"]) == {"namespace", "id", "replicas", "readings"}
    assert set(event["model"]["replicas"][0]) == {"engine_id", "observed_at", "readings", "resources"}


@pytest.mark.parametrize("format, parse", [("json", json.loads), ("yaml", yaml.safe_load)])
def test_readings_for_scripts(busy, pb, format, parse):
    models = {
        model["id"]: model
        for model in parse(harness.run("list", "--view", "full", "--output", format, "--server", busy.address))}
    names = set(pb.Readings.DESCRIPTOR.fields_by_name)
    model = models["sim-org/model-000"]
    assert set(model["readings"]) == names and model["readings"]["running_requests"] is not None
    for replica in model["replicas"]:
        assert set(replica) == set(pb.Replica.DESCRIPTOR.fields_by_name)
        assert set(replica["readings"]) == names and replica["observed_at"]
        assert isinstance(replica["resources"], dict)
    silent = models[WIDE]
    assert silent["readings"] is None and silent["replicas"][0]["readings"] is None
    assert silent["replicas"][0]["observed_at"] and silent["replicas"][0]["resources"] == {}


def test_an_interval_needs_view_full(busy):
    done = harness.run("watch", "--interval", "5s", "--server", busy.address, check=False)
    assert done.returncode == 64 and "--view full" in done.stderr
    for interval in ["100ms", "2h"]:
        done = harness.run("top", "--interval", interval, "--server", busy.address, check=False)
        assert done.returncode == 64 and "1s to 1h" in done.stderr
