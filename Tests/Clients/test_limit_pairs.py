"""Two troubles at once: clients at their limits while the server ends, while its disk is full, and while it reads its file anew."""

import signal
import time

import grpc
import httpx
import pytest

import harness

pytest.register_assert_rewrite("limit_rows")
import limit_rows  # noqa: E402
from limit_rows import frames  # noqa: E402
from test_store_faults import data, disk, library, serve  # noqa: E402, F401

SHUT = {frames.INITIAL_WINDOW_SIZE: 0}
OPEN = frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 20}) + frames.window_update(0, 1 << 24)


def full_lists(wire, count):
    """Lists in view FULL behind a shut window: the first is made, the others wait for room."""
    streams = [wire.call(frames.LIST_MODELS, frames.FULL_LIST)]
    limit_rows.until(wire, lambda: streams[0] in wire.fields, "the head of the first answer")
    return streams + [wire.call(frames.LIST_MODELS, frames.FULL_LIST) for _ in range(count - 1)]


def messages(wire, stream):
    """The gRPC messages of a stream so far."""
    body, found = wire.bodies.get(stream, b""), []
    while len(body) >= 5 and len(body) >= 5 + int.from_bytes(body[1:5], "big"):
        size = int.from_bytes(body[1:5], "big")
        found.append(body[5:5 + size])
        body = body[5 + size:]
    return found


@pytest.fixture
def spent(start, fleet, tmp_path):
    """A server whose memory for answers is spent, and the clients that have it: each has a list and requests that wait."""
    config = tmp_path / "config.yaml"
    config.write_text(fleet.config())
    server = start.server("--config", config, "--limit", "memory=200000", "--limit", "unsent-bytes=10000").ready()
    wires = [limit_rows.opened(server, settings=SHUT) for _ in range(3)]
    for wire in wires:
        wire.bodies = {}
        full_lists(wire, 4)
    harness.eventually(lambda: limit_rows.reached(server, "unsent-bytes") > 0, "the waiting")
    yield server, wires
    for wire in wires: wire.close()


def is_complete(wire, is_over):
    """Whether a client has all its lists. A client that has not was cut, because it read too slowly: reset, or closed when
    the time for clients is over, as on a machine that is very busy."""
    lists = [messages(wire, stream) for stream in range(1, wire.next, 2)]
    whole = [len(found) == 1 and wire.fields[stream].get("grpc-status") == "0"
             for stream, found in zip(range(1, wire.next, 2), lists)]
    assert all(whole) or wire.end == "reset" or is_over, wire.outcome()
    return all(whole)


def test_a_server_whose_memory_is_spent_answers_what_waits_before_it_ends(spent):
    server, wires = spent
    server.signal(signal.SIGTERM)
    began = time.monotonic()
    for wire in wires: wire.send(OPEN)
    limit_rows.until(wires[0], lambda: not any(wire.take() or wire.is_open for wire in wires), "the end of all connections")
    # While memory is spent, those that took nothing until now may give way to the last.
    is_over = time.monotonic() - began > 9
    assert any([is_complete(wire, is_over) for wire in wires]) or is_over
    assert server.wait(60) == 0


def test_clients_that_read_nothing_do_not_keep_a_server_whose_memory_is_spent(spent):
    server, wires = spent
    server.signal(signal.SIGTERM)
    # 10 s are for the clients, the rest is for a busy machine.
    assert server.wait(60) == 0
    for wire in wires: limit_rows.ended(wire)
    assert not any(wire.bodies for wire in wires)


def test_a_flood_of_writes_at_a_full_disk_leaves_reads_and_the_next_write(serve, disk, admin_pb, administer, start):
    engine = start.engine([harness.card("one")])
    server = serve("--engine", engine.url, "--limit", "tasks-per-peer=20").ready()
    harness.eventually(server.models, "the model")
    disk.fill_up()
    path = "/rollcall.v1.CatalogAdmin/SetModelLabels"
    write = admin_pb.SetModelLabelsRequest(id="one", labels={"a": "b" * 500}).SerializeToString()
    # Another address of this machine, whose limits are its own.
    wire = limit_rows.opened(server, source="127.0.0.2")
    head = limit_rows.frame(frames.HEADERS, frames.END_HEADERS, 0, frames.call(path))
    for _ in range(20):
        streams, flood = [], b""
        for _ in range(50):
            stream = wire.stream()
            streams.append(stream)
            flood += head[:5] + stream.to_bytes(4, "big") + head[9:]
            flood += limit_rows.frame(frames.DATA, frames.END_STREAM, stream, frames.message(write))
        wire.send(flood)
        wire.send(b"".join(limit_rows.rapid_reset(wire) for _ in range(50)))
        answer = httpx.get(f"{server.url}/v1/models", timeout=30)
        assert answer.status_code == 200 and answer.json()["data"][0]["id"] == "one"
        for stream in streams: wire.finish(stream, harness.PATIENCE)
        if not wire.is_open: wire = limit_rows.opened(server, source="127.0.0.2")
    assert limit_rows.reached(server, "tasks-per-peer") > 0
    codes = {fields["grpc-status"] for fields in wire.fields.values() if "grpc-status" in fields}
    assert codes <= {"8", "14"} and "14" in codes, "too many, or the disk"
    assert server.models()[0]["id"] == "one"
    disk.behave()

    def written():
        try:
            administer(server.address).SetModelLabels(
                admin_pb.SetModelLabelsRequest(id="one", labels={"a": "c"}), timeout=10)
        except grpc.RpcError:
            return False
        return True

    harness.eventually(written, "a write on the disk that has room again")
    harness.eventually(lambda: server.model("one")["labels"] == {"a": "c"}, "the label")
    wire.close()


def test_answers_behind_a_shut_window_are_whole_after_a_reload_and_the_watch_has_its_changes(start, pb, tmp_path):
    first, second = start.engine([harness.card(f"a{n}") for n in range(50)]), start.engine([harness.card("b")])
    config = tmp_path / "config.yaml"
    config.write_text(f"engines:\n  - url: {first.url}\n")
    server = start.server("--config", config, "--limit", "unsent-bytes=2000").ready()
    harness.eventually(lambda: len(server.models()) == 50, "the models")
    wire = limit_rows.opened(server, settings=SHUT)
    wire.bodies = {}
    listed = full_lists(wire, 3)
    watch = wire.call(frames.WATCH_MODELS)
    config.write_text(f"engines:\n  - url: {second.url}\n")
    server.signal(signal.SIGHUP)
    harness.eventually(lambda: [model["id"] for model in server.models()] == ["b"], "the other engine's model")
    wire.take(0.1)
    assert not wire.bodies and wire.is_open
    wire.send(OPEN)
    for stream in listed: assert wire.finish(stream, harness.PATIENCE)["grpc-status"] == "0"
    lists = [pb.ListModelsResponse.FromString(*messages(wire, stream)) for stream in listed]
    assert [len(answer.models) for answer in lists] == [50, 1, 1], "made before the reload, and after it"

    def watched():
        models = set()
        for message in messages(wire, watch):
            event = pb.WatchModelsResponse.FromString(message)
            if event.type == pb.ADDED: models.add(event.model.id)
            if event.type == pb.REMOVED: models.discard(event.model.id)
        return models

    limit_rows.until(wire, lambda: watched() == {"b"}, "the watch's changes")
    wire.close()
