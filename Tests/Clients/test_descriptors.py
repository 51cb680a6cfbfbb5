"""Descriptors run out: the list stays true, and all is well when they are free again."""

import collections
import contextlib
import os
import re
import resource
import socket
import threading
import time

import httpx

import harness

ENGINES = 120
REASON = "not probed: this process has too many open files"


def limited(count):
    return ("bash", "-c", f'ulimit -n {count}; exec "$@"', "bash")


def replicas(client):
    """State and reason of every replica, by engine."""
    models = client.get("/v1/models?view=full").raise_for_status().json()["data"]
    return {
        replica["engine_id"]: (replica["state"], replica.get("state_reason", ""))
        for model in models
        for replica in model["replicas"]
    }


def processor_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lines(server, text):
    return sum(text in line for line in server.output().splitlines())


def test_clients_that_take_every_descriptor_do_not_change_the_list(start):
    simulator = start.simulator(engines=ENGINES, models=1, replicas=ENGINES)
    server = start.serving(simulator, interval="1s", through=limited(90))
    counts = lambda: list(replicas(client).values())
    with httpx.Client(base_url=server.url, timeout=30) as client:
        harness.eventually(lambda: counts().count(("READY", "")) == ENGINES, "all engines are READY")
        idle = [socket.create_connection((server.host, server.port)) for _ in range(150)]
        # A connection is idle after a second, and gives way then.
        harness.eventually(lambda: httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200, "a place", 10)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
            time.sleep(0.1)
            assert {state for state, _ in counts()} == {"READY"}
        simulator.set(7, "gone")
        harness.eventually(lambda: [state for state, _ in counts()].count("UNREACHABLE") == 1, "the dead engine is found")
        simulator.set(7, "ok")
        for connection in idle:
            connection.close()
        harness.eventually(lambda: counts().count(("READY", "")) == ENGINES, "all engines are READY again")
    assert server.descriptors() < 90
    assert httpx.get(f"{server.url}/readyz").text == "ok\n"


def test_a_flood_of_connections_takes_no_descriptor_of_the_server(start):
    simulator = start.simulator(engines=ENGINES, models=1, replicas=ENGINES)
    server = start.serving(simulator, "--threads", "3", interval="1s", through=limited(100))
    end = time.monotonic() + 4

    def flood(source, first):
        open_ones = collections.deque()
        while time.monotonic() < end:
            connection = socket.socket()
            connection.settimeout(1)
            open_ones.append(connection)
            with contextlib.suppress(OSError):
                connection.bind((source, 0))
                connection.connect((server.host, server.port))
                connection.sendall(first)
            if len(open_ones) > 200:
                open_ones.popleft().close()
        for connection in open_ones:
            connection.close()

    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5)
    firsts = [b"G", b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", preface]
    attackers = [
        threading.Thread(target=flood, args=(f"127.0.0.{number + 3}", first)) for number, first in enumerate(firsts)]
    for attacker in attackers:
        attacker.start()
    with httpx.Client(base_url=server.url, timeout=30, transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        while time.monotonic() < end:
            states = {state for state, _ in replicas(client).values()}
            assert states == {"READY"}
            time.sleep(0.2)
    for attacker in attackers:
        attacker.join()
    assert lines(server, "connections cannot be accepted") == 0
    assert lines(server, "engines are not probed") == 0


def test_a_server_without_descriptors_keeps_the_states_and_says_why(start):
    simulator = start.simulator(engines=4, models=1, replicas=4)
    server = start.serving(simulator, interval="500ms")
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        harness.eventually(lambda: list(replicas(client).values()) == [("READY", "")] * 4, "all engines are READY")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (10, before[1]))
        simulator.set(2, "gone")
        harness.eventually(lambda: list(replicas(client).values()) == [("READY", REASON)] * 4, "the reason says so")
        assert client.get("/readyz").text == "not ready: 4 engines are " + REASON + "\n"
        waiting = socket.create_connection((server.host, server.port))
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        busy, revision = processor_seconds(server.pid), client.get("/v1/models").headers["etag"]
        time.sleep(4)
        assert processor_seconds(server.pid) - busy < 2, "the server spins"
        assert client.get("/v1/models").headers["etag"] == revision, "one change is enough"
        assert lines(server, "engines are not probed") == 1
        assert lines(server, "connections cannot be accepted") == 1
        assert re.search(r'rollcall_probes_total\{outcome="own_failure"\} [1-9]', client.get("/metrics").text)

        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        freed = time.monotonic()
        waiting.settimeout(30)
        assert waiting.recv(100).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - freed < 5
        waiting.close()
        truth = [("READY", "")] * 3 + [("UNREACHABLE", "connection refused")]
        def causes(): return sorted((state, re.sub(r"^GET \S+: ", "", reason)) for state, reason in replicas(client).values())
        harness.eventually(lambda: causes() == truth, "the truth is back")
        assert client.get("/readyz").text == "ok\n"
    assert lines(server, "every engine is probed again") == 1


def test_a_source_that_the_server_has_no_descriptor_for_does_not_answer_and_the_log_says_why(start, tmp_path):
    by_name, by_file = start.engine([harness.card("named")]), start.engine([harness.card("filed")])
    file = tmp_path / "engines.yaml"
    file.write_text(f"- url: {by_file.url}\n")
    server = start.server(
        "--dns", f"localhost:{by_name.port}", "--dns-interval", "200ms", "--engines-file", file).ready()
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        models = lambda: {model["id"]: model["state"] for model in client.get("/v1/models").json()["data"]}
        truth = {"named": "READY", "filed": "READY"}
        harness.eventually(lambda: models() == truth, "both models")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (10, before[1]))
        file.write_text(f"- url: {by_file.url}\n\n")
        for source in ("dns/localhost", "file/"):
            server.wait_for(f"a source does not answer.*this process has too many open files.*{source}")
        assert models() == truth
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
        harness.eventually(lambda: lines(server, "a source answers again") == 2, "the sources answer again")
        assert models() == truth
