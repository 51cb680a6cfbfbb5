"""Signals: reload without dropping a connection, a bad file refused, a clean end."""

import signal

import grpc
import httpx
import pytest
import yaml

import harness
from watching import until


@pytest.fixture
def watched(start, connect, pb, tmp_path):
    """A server over a configuration file of two engines, and a watch on it."""
    simulator = start.simulator(engines=3, models=1)
    config = yaml.safe_load(simulator.config())
    config["engines"], spare = config["engines"][:2], config["engines"][2:]
    path = tmp_path / "engines.yaml"
    path.write_text(yaml.safe_dump(config))
    server = start.server("--config", path).ready()
    harness.eventually(lambda: len(server.models()) == 2, "two models")
    stream = connect(server).WatchModels(pb.WatchModelsRequest(), timeout=60)
    until(stream, lambda event: event.type == pb.SYNCED)
    return server, stream, path, config, spare


def test_sighup_adds_and_removes_engines_while_a_watch_is_open(watched, pb):
    server, stream, path, config, spare = watched
    path.write_text(yaml.safe_dump({**config, "engines": config["engines"] + spare}))
    server.signal(signal.SIGHUP)
    added = until(stream, lambda event: event.type == pb.ADDED)[-1].model.id

    path.write_text(yaml.safe_dump(config))
    server.signal(signal.SIGHUP)
    removed = until(stream, lambda event: event.type == pb.REMOVED)[-1].model.id
    assert added == removed
    assert len(server.models()) == 2


@pytest.mark.parametrize("text", [
    "engines: [", "engines: 7\n", "engines:\n  - url: not a url\n", "engnies: []\n", "\0\0\0",
    "engines:\n  - url: http://127.0.0.1:1\n    kind: nothing-like-this\n"])
def test_a_bad_file_is_refused_and_the_old_one_stays(watched, pb, text):
    server, stream, path, config, spare = watched
    before = server.output()
    path.write_text(text)
    server.signal(signal.SIGHUP)
    said = harness.eventually(lambda: server.output()[len(before):].strip(), "a message")
    assert path.name in said
    assert len(server.models()) == 2
    path.write_text(yaml.safe_dump({**config, "engines": config["engines"] + spare}))
    server.signal(signal.SIGHUP)
    until(stream, lambda event: event.type == pb.ADDED)


def test_a_missing_file_is_refused_at_reload(watched, pb):
    server, stream, path, config, spare = watched
    text = path.read_text()
    path.unlink()
    before = server.output()
    server.signal(signal.SIGHUP)
    harness.eventually(lambda: path.name in server.output()[len(before):], "a message")
    assert len(server.models()) == 2
    path.write_text(text)


def test_sigterm_ends_watches_and_exits_0(watched, pb):
    server, stream, *_ = watched
    with httpx.stream("GET", f"{server.url}/v1/models", params={"watch": "true"}, timeout=30) as events:
        lines = events.iter_lines()
        next(lines)
        server.signal(signal.SIGTERM)
        for _ in lines:  # ends without an exception: the last chunk is sent
            pass
    with pytest.raises(grpc.RpcError) as caught:
        for _ in stream:
            pass
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthz")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(start, number):
    server = start.server("--engine", start.engine([harness.card("m")]).url).ready()
    server.signal(number)
    assert server.wait(5) == 0


def test_requests_under_way_are_answered_while_draining(start, connect, pb):
    """No call that was accepted fails with anything but UNAVAILABLE or its own answer."""
    server = start.server("--engine", start.engine([harness.card("m")]).url).ready()
    catalog = connect(server)
    harness.eventually(lambda: server.models(), "the model")
    answered = 0
    futures = [catalog.GetModel.future(pb.GetModelRequest(id="m"), timeout=20) for _ in range(500)]
    server.signal(signal.SIGTERM)
    for future in futures:
        try:
            assert future.result().id == "m"
            answered += 1
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait() == 0


@pytest.mark.parametrize("arguments", [
    ["--config", "/nonexistent.yaml"], ["--engine", "not a url"], ["--listen", "nowhere:x"],
    ["--probe-interval", "soon"], ["--no-such-flag"], ["--engine", "ftp://127.0.0.1:1"]])
def test_bad_arguments_are_told_and_exit_non_zero(arguments):
    done = harness.run("serve", "--listen", "127.0.0.1:0", "--in-memory", *arguments, check=False, timeout=20)
    assert done.returncode not in (0, -4, -5, -6, -11), "refused, not crashed"
    assert done.stderr.strip() or done.stdout.strip()


def test_a_taken_port_is_told(server):
    done = harness.run(
        "serve", "--listen", server.address, "--engine", "http://127.0.0.1:1", "--in-memory", check=False, timeout=20)
    assert done.returncode not in (0, -4, -5, -6, -11)
    assert str(server.port) in done.stderr + done.stdout
