"""Signals: reload without dropping a connection, a bad file refused, a clean end."""

import contextlib
import re
import signal
import socket
import threading
import time

import grpc
import h2.connection
import h2.events
import h2.settings
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


class Sending:
    """A connection with a narrow window for what it receives, on which a thread sends until nobody takes it."""

    def __init__(self, server, first, then):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.settimeout(30)
        self.socket.sendall(first)
        self.thread = threading.Thread(target=self.send, args=(then,))
        self.thread.start()

    def send(self, then):
        with contextlib.suppress(OSError):
            while True:
                self.socket.sendall(then)

    def received(self):
        """All that comes until the server's end, taken slowly."""
        whole = b""
        while piece := self.socket.recv(2_048):
            whole += piece
            time.sleep(0.001)
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()
        return whole


@pytest.fixture
def large(start):
    """A server whose list does not fit into the buffers of such a client."""
    server = start.serving(start.simulator(engines=1, models=300))
    harness.eventually(lambda: len(server.models()) == 300, "300 models")
    return server


def test_a_client_that_still_sends_gets_the_whole_of_its_last_answer(large):
    request = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n"
    sending = Sending(large, request + b"connection: close\r\n\r\n", (request + b"\r\n") * 1_000)
    head, body = sending.received().split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    assert len(body) == length > 50_000


def test_a_client_of_http2_that_still_sends_gets_the_whole_of_its_answer_as_the_server_ends(large):
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 10_000_000})
    connection.increment_flow_control_window(10_000_000)
    connection.send_headers(
        1, [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/v1/models")], end_stream=True)
    priority = bytes([0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    sending = Sending(large, connection.data_to_send(), priority * 1_000)
    begin = sending.socket.recv(2_048)
    large.signal(signal.SIGTERM)
    time.sleep(0.3)  # what is read before the server is done proves less
    events = connection.receive_data(begin + sending.received())
    length = next(
        int(dict(event.headers)[b"content-length"]) for event in events
        if isinstance(event, h2.events.ResponseReceived))
    body = b"".join(event.data for event in events if isinstance(event, h2.events.DataReceived))
    assert len(body) == length > 50_000
    assert any(isinstance(event, h2.events.StreamEnded) for event in events)
    assert large.wait() == 0
