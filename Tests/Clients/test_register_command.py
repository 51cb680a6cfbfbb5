"""`rollcall register -- COMMAND`: the command's life is the engine's, and the lease is kept whatever happens to the server."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import sys
import time
import types

import pytest

import harness
from test_registration import FORGET, claim, empty, engine, engines, registry  # noqa: F401

SCRIPT = pathlib.Path(__file__).with_name("engine_process.py")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def wrap(start):
    """Starts an engine's process under `rollcall register`; the wrapper, with the engine's `url` and `engine_pid`."""
    def wrap(address, *options, script=(), name="register"):
        port = free_port()
        wrapper = start.process(
            name, harness.BINARY, "register", "--server", address, "--engine", f"http://127.0.0.1:{port}", *options, "--",
            sys.executable, SCRIPT, port, *script)
        wrapper.url = f"http://127.0.0.1:{port}"
        wrapper.engine_pid = int(wrapper.wait_for(r"engine (\d+) listens")[1])
        wrappers.append(wrapper)
        return wrapper

    wrappers = []
    yield wrap
    for wrapper in wrappers:
        for pid in (wrapper.engine_pid, wrapper.pid):
            with contextlib.suppress(ProcessLookupError):
                if pid != wrapper.pid or wrapper.child.poll() is None:
                    os.kill(pid, signal.SIGCONT)
                    os.kill(pid, signal.SIGKILL)


def ready(registry):  # noqa: F811
    harness.eventually(lambda: registry.server.states() == {"m": "READY"}, "the model")


def is_gone(registry, timeout=20):  # noqa: F811
    harness.eventually(lambda: not registry.server.models() and not engines(registry).engines, "no engine", timeout)


def test_an_engine_is_listed_while_its_process_runs(registry, wrap):  # noqa: F811
    wrapper = wrap(registry.server.address, script=("--exit", "7"))
    ready(registry)
    [known] = engines(registry).engines
    assert known.endpoint == wrapper.url and len(known.leases) == 1
    wrapper.signal(signal.SIGTERM)
    assert wrapper.wait() == 7
    assert "ended by SIGTERM" in wrapper.output()
    # It has said goodbye: nobody waits for a lease.
    is_gone(registry, timeout=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGUSR1], ids=lambda number: number.name)
def test_signals_are_handed_on(registry, wrap, number):  # noqa: F811
    wrapper = wrap(registry.server.address, script=("--exit", "3"))
    wrapper.signal(number)
    assert wrapper.wait() == 3
    assert f"ended by {number.name}" in wrapper.output()


def test_a_stop_and_a_continue_are_handed_on(registry, wrap):  # noqa: F811
    wrapper = wrap(registry.server.address)
    ready(registry)

    def state(pid):
        return re.search(r"State:\s+(\S)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]

    wrapper.signal(signal.SIGTSTP)
    harness.eventually(lambda: (state(wrapper.pid), state(wrapper.engine_pid)) == ("T", "T"), "both stopped")
    wrapper.signal(signal.SIGCONT)
    harness.eventually(lambda: "T" not in (state(wrapper.pid), state(wrapper.engine_pid)), "both running")
    ready(registry)


@pytest.mark.parametrize("command, code", [
    (("true",), 0), (("sh", "-c", "exit 42"), 42), (("sh", "-c", "kill -KILL $$"), 137), (("sh", "-c", "kill -TERM $$"), 143),
    (("/nothing/here",), 127), (("/etc/passwd",), 126)], ids=str)
def test_the_exit_code_is_the_commands(registry, command, code):  # noqa: F811
    done = harness.run(
        "register", "--server", registry.server.address, "--engine", "http://127.0.0.1:1", "--", *command, check=False)
    assert done.returncode == code, done.stderr
    harness.eventually(lambda: not engines(registry).engines, "no engine")


def test_a_command_gets_its_words_and_the_environment(registry):  # noqa: F811
    done = harness.run(
        "register", "--server", registry.server.address, "--engine", "http://127.0.0.1:1", "--", "sh", "-c",
        'printf "%s|" "$0" "$@"; test -n "$PATH" && kill -s TERM $$ ; echo not reached', "a b", "--server", "ü", "", check=False)
    # SIGTERM does in the command what it does by itself.
    assert (done.stdout, done.returncode) == ("a b|--server|ü||", 143)


@pytest.mark.parametrize("words", [
    ("--engine", "nonsense"), ("--engine", "http://a:1,key=secret"), ("--engine", "http://a:1,draining=true"), (),
    ("--engine", "http://a:1", "--ttl", "1s"), ("--engine", "http://a:1", "--ttl", "2d"),
    ("--engine", "http://a:1", "--lease-id", "UPPER"), ("--engine", "http://a:1", "sleep", "1")], ids=str)
def test_what_cannot_be_meant_is_refused_before_anything_runs(words):
    done = harness.run("register", *words, check=False)
    assert done.returncode not in (0, 127) and "secret" not in done.stderr


def test_a_killed_engine_is_forgotten_at_once(registry, wrap):  # noqa: F811
    wrapper = wrap(registry.server.address)
    ready(registry)
    os.kill(wrapper.engine_pid, signal.SIGKILL)
    is_gone(registry, timeout=5)
    assert wrapper.wait() == 128 + signal.SIGKILL


def test_a_frozen_engine_changes_state_in_time_and_is_forgotten_in_time(registry, wrap, start):  # noqa: F811
    # Where most engines are silent, nobody is forgotten for it.
    for _ in range(2):
        claim(registry, url=start.engine([harness.card("other")]).url)
    wrapper = wrap(registry.server.address)

    def state():
        return registry.server.states().get("m")

    harness.eventually(lambda: state() == "READY", "the model")
    begin = time.monotonic()
    os.kill(wrapper.engine_pid, signal.SIGSTOP)
    harness.eventually(lambda: state() == "UNREACHABLE", "UNREACHABLE", timeout=25)
    unreachable = time.monotonic() - begin
    # Its wrapper lives: the claim stays, but the model is not listed for longer than --forget-after.
    harness.eventually(lambda: not state(), "no model", timeout=25)
    known = engine(registry, wrapper.url.removeprefix("http://"))
    assert list(known.sources) == ["registration"] and known.state != 1
    os.kill(wrapper.engine_pid, signal.SIGCONT)
    harness.eventually(lambda: state() == "READY", "the model again")
    assert unreachable < 20


def test_what_is_killed_with_its_wrapper_is_forgotten_when_the_lease_ends(registry, wrap):  # noqa: F811
    wrapper = wrap(registry.server.address, "--ttl", "5s")
    ready(registry)
    begin = time.monotonic()
    wrapper.kill()
    os.kill(wrapper.engine_pid, signal.SIGKILL)
    harness.eventually(lambda: registry.server.states() == {"m": "UNREACHABLE"} or not registry.server.models(), "UNREACHABLE")
    is_gone(registry, timeout=10)
    assert time.monotonic() - begin < 9


def test_an_engine_whose_wrapper_is_cut_off_is_forgotten_and_comes_back(registry, wrap):  # noqa: F811
    wrapper = wrap(registry.server.address, "--ttl", "5s")
    ready(registry)
    begin = time.monotonic()
    wrapper.signal(signal.SIGSTOP)
    # The engine still answers, but nobody claims it any more.
    is_gone(registry, timeout=15)
    assert 2 < time.monotonic() - begin < 9
    wrapper.signal(signal.SIGCONT)
    ready(registry)
    assert "registering again" in wrapper.output() or "registered at" in wrapper.output()


def test_a_server_that_comes_later_or_forgets_is_told_again(start, empty, wrap, administer, admin_pb):  # noqa: F811
    port = free_port()
    wrapper = wrap(f"127.0.0.1:{port}", "--ttl", "5s")
    wrapper.wait_for("not registered: .*; trying again")

    def serve():
        # The last --listen counts.
        server = start.server(*empty, *FORGET, "--listen", f"127.0.0.1:{port}").ready()
        return types.SimpleNamespace(server=server, admin=administer(server.address), pb=admin_pb)

    registry = serve()
    ready(registry)
    [lease] = engines(registry).engines[0].leases
    # In memory: the next one knows nothing.
    registry.server.kill()
    registry = serve()
    ready(registry)
    assert [one.lease_id for one in engines(registry).engines[0].leases] == [lease.lease_id]
    registry.server.signal(signal.SIGSTOP)
    time.sleep(7)
    # Who stood still forgets nobody.
    registry.server.signal(signal.SIGCONT)
    begin = time.monotonic()
    while time.monotonic() - begin < 2:
        assert [one.lease_id for one in engines(registry).engines[0].leases] == [lease.lease_id]
    wrapper.signal(signal.SIGTERM)
    wrapper.wait()
    is_gone(registry)


def test_without_a_command_it_is_held_until_a_signal(registry, start):  # noqa: F811
    holder = start.process(
        "hold", harness.BINARY, "register", "--server", registry.server.address, "--engine",
        f"{registry.engine.url},id=gpu-1,namespace=team,labels.a=b,key-env=NO_SUCH_KEY", "--lease-id", "mine", "--ttl", "7s")
    holder.wait_for("registered at .* as gpu-1")
    known = engine(registry, "gpu-1", namespace="team")
    assert known.labels == {"a": "b"} and known.leases[0].lease_id == "mine" and known.leases[0].ttl.seconds == 7
    holder.signal(signal.SIGINT)
    assert holder.wait() == 0
    is_gone(registry)


def test_without_a_command_a_final_no_ends_it(registry):  # noqa: F811
    done = harness.run(
        "register", "--server", registry.server.address, "--engine", "http://127.0.0.1:1/" + "x" * 3000 + ",id=x", check=False)
    assert done.returncode == 1 and "url: is longer than 2048 bytes" in done.stderr


def test_engines_are_shown(registry, wrap):  # noqa: F811
    wrap(registry.server.address)
    ready(registry)
    table = harness.run("engines", "--server", registry.server.address)
    titles, row = table.splitlines()[:2]
    assert titles.split() == ["ID", "KIND", "STATE", "SINCE", "MODELS", "ANSWERED", "SOURCES"]
    assert row.split()[1:3] == ["openai", "READY"] and row.split()[-1] == "registration"
    [told] = json.loads(harness.run("engines", "--server", registry.server.address, "--output", "json"))
    assert told["models"] == ["m"] and told["sources"] == ["registration"] and told["leases"][0]["ttl"] == "30s"
    assert harness.run("engines", "--server", registry.server.address, "--namespace", "other") == "no engines\n"
