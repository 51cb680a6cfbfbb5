"""A disk that fails for long: the list goes on from memory and stays true, and everything is stored when the disk recovers."""

import errno
import os
import pathlib
import shutil
import signal
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import faulty_disk
import harness
from details import reason
from test_store_faults import NOT_SERVING, SERVING, data, disk, engine, labels, library, serve, statuses
from watching import names, until

# The list goes on from memory after that.
PATIENCE = 10
# Probes every 200 ms (harness.PROBE_INTERVAL), three that fail, a tick of half a second, and a machine that is slow.
USUAL = 10


def logged(server, text):
    return [line for line in server.output().splitlines() if text in line]


class Client:
    """A client of one server, with what it saw before the disk failed."""

    def __init__(self, server, connect, administer, dial, pb, admin_pb):
        self.server, self.pb, self.admin_pb = server, pb, admin_pb
        self.catalog, self.admin = connect(server), administer(server.address)
        self.health = health_pb2_grpc.HealthStub(dial(server.address))

    def list(self, **fields):
        return self.catalog.ListModels(self.pb.ListModelsRequest(**fields), timeout=30)

    def label(self, id, **values):
        return self.admin.SetModelLabels(labels(self.admin_pb, id, **values), timeout=60)

    def watch(self, revision=0):
        """A watch that was synced, and the events until then."""
        watch = self.catalog.WatchModels(self.pb.WatchModelsRequest(start_revision=revision), timeout=240)
        return watch, until(watch, lambda event: event.type == self.pb.SYNCED)

    def expects_reset(self, revision):
        watch, events = self.watch(revision)
        watch.cancel()
        assert events[0].type == self.pb.RESET, events


@pytest.fixture
def client(connect, administer, dial, pb, admin_pb):
    return lambda server: Client(server, connect, administer, dial, pb, admin_pb)


@pytest.mark.parametrize(
    "number, of, cause",
    [
        (errno.ENOSPC, faulty_disk.FaultyDisk.GROWTH, "the disk is full"),
        (errno.EROFS, faulty_disk.FaultyDisk.EVERYTHING, "Read-only file system"),
        (errno.EIO, faulty_disk.FaultyDisk.EVERYTHING, "Input/output error"),
        (None, None, "the store has not answered for 10 s"),
    ], ids=["full", "read-only", "broken", "hanging"])
def test_the_list_goes_on_from_memory_and_everything_is_stored_later(
    serve, start, engine, disk, data, client, pb, note, number, of, cause
):
    other = start.engine([harness.card("away")])
    server = serve("--engine", engine.url, "--engine", other.url).ready()
    harness.eventually(lambda: set(server.states().values()) == {"READY"} and len(server.states()) == 3, "all models")
    seen = client(server)
    seen.label("one", tier="gold")
    before = seen.list()
    token = seen.list(page_size=1).next_page_token
    watch, _ = seen.watch()

    began = time.monotonic()
    disk.behave(number, of=of) if number else disk.behave(hold=True)
    other.stop()
    harness.eventually(
        lambda: server.states()["away"] == "UNREACHABLE", "that the engine is gone", timeout=PATIENCE + USUAL)
    took = time.monotonic() - began
    note(f"an engine that is killed on a disk that is {cause}: UNREACHABLE after {took:.1f} s")
    ready = httpx.get(f"{server.url}/readyz")
    assert ready.status_code == 200 and cause in ready.text and "the list goes on from memory since" in ready.text
    assert statuses(seen.health) == {
        "": SERVING, "rollcall.v1.ModelCatalog": SERVING, "rollcall.v1.CatalogAdmin": NOT_SERVING}
    assert server.metric("rollcall_store_bypassed") == 1 and server.metric("rollcall_store_up") == 0
    server.wait_for("the list goes on from memory in a new epoch")
    assert len(logged(server, "the list goes on from memory")) == 1
    assert seen.list().unreachable == ["store"]

    # Watches begin again, and neither a watch nor a page goes on from before.
    events = until(watch, lambda event: event.type == pb.SYNCED)
    assert events[0].type == pb.RESET and names(events[1:-1]) == {"one", "two", "away"}
    in_memory = events[-1].revision
    assert in_memory > before.revision
    seen.expects_reset(before.revision)
    with pytest.raises(grpc.RpcError) as caught:
        seen.list(page_token=token)
    assert reason(caught.value) == "PAGE_TOKEN_EXPIRED"
    # The past remains.
    past = seen.list(at_revision=before.revision)
    assert [model.etag for model in past.models] == [model.etag for model in before.models]
    # A declared write fails at once, and what probes find out goes on.
    with pytest.raises(grpc.RpcError) as caught:
        seen.label("one", tier="lost")
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert reason(caught.value) == "STORE_UNAVAILABLE" and cause in caught.value.details()
    engine.models.append(harness.card("three"))
    added = until(watch, lambda event: event.model.id == "three")[-1]
    assert added.type == pb.ADDED
    resumed, events = seen.watch(in_memory)
    assert events[0].type != pb.RESET and "three" in names(events)
    resumed.cancel()

    disk.behave()
    began = time.monotonic()
    server.wait_for("the store takes writes again")
    assert httpx.get(f"{server.url}/readyz").text == "ok\n"
    note(f"a disk that is no longer {cause}: everything stored after {time.monotonic() - began:.1f} s")
    assert server.metric("rollcall_store_bypassed") == 0 and server.metric("rollcall_store_up") == 1
    assert seen.list().unreachable == []
    labelled = seen.label("three", tier="iron")
    # The watch goes on without RESET.
    events = until(watch, lambda event: dict(event.model.labels) == {"tier": "iron"})
    assert pb.RESET not in {event.type for event in events} and events[-1].model == labelled
    watch.cancel()
    after = seen.list()
    assert after.revision > in_memory
    assert {model.id: dict(model.labels) for model in after.models} == {
        "away": {}, "one": {"tier": "gold"}, "three": {"tier": "iron"}, "two": {}}

    server.kill()
    again = client(serve("--engine", engine.url, "--engine", other.url))
    stored = again.list()
    assert [model for model in stored.models] == [model for model in after.models]
    assert stored.revision >= after.revision
    again.expects_reset(in_memory)
    resumed, events = again.watch(after.revision)
    assert events[0].type != pb.RESET
    resumed.cancel()


def test_a_server_that_is_killed_in_memory_loses_nothing_that_it_acknowledged(serve, start, engine, disk, client, pb):
    other = start.engine([harness.card("away")])
    server = serve("--engine", engine.url, "--engine", other.url).ready()
    harness.eventually(lambda: len(server.states()) == 3, "all models")
    seen = client(server)
    seen.label("one", tier="gold")
    before = seen.list()
    disk.fill_up()
    other.stop()
    engine.models.append(harness.card("three"))
    harness.eventually(
        lambda: server.states().get("away") == "UNREACHABLE" and "three" in server.states(), "the truth",
        timeout=PATIENCE + USUAL)
    in_memory = seen.list()
    server.kill()
    disk.behave()
    server = serve("--engine", engine.url, "--engine", other.url)
    again = client(server)
    stored = again.list()
    assert stored.revision > in_memory.revision
    assert {model.id: dict(model.labels) for model in stored.models}["one"] == {"tier": "gold"}
    again.expects_reset(in_memory.revision)
    watch, events = again.watch(before.revision)
    assert events[0].type != pb.RESET
    watch.cancel()
    server.ready()
    harness.eventually(lambda: server.states().get("away") == "UNREACHABLE" and "three" in server.states(), "the truth")
    assert server.drain() == 0


def test_a_server_that_stops_in_memory_ends_well(serve, start, engine, disk, client):
    server = serve("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.states()) == 2, "all models")
    disk.fill_up()
    engine.models.append(harness.card("three"))
    harness.eventually(lambda: "three" in server.states(), "the truth", timeout=PATIENCE + USUAL)
    in_memory = client(server).list().revision
    assert server.drain() == 0
    disk.behave()
    assert client(serve("--engine", engine.url)).list().revision > in_memory


@pytest.fixture
def small_disk(start, tmp_path):
    """A file system of 2 MB, in a name space of its own: its path as tests see it, and the words that let a process see it."""
    if os.geteuid() != 0 or not shutil.which("nsenter"):
        pytest.skip("a file system of one's own takes root and nsenter")
    place = tmp_path / "small"
    place.mkdir()
    holder = start.process(
        "small-disk", "unshare", "--mount", "sh", "-c",
        'mount -t tmpfs -o size=2m tmpfs "$0" && echo mounted && exec sleep 3600', place)
    holder.wait_for("mounted")
    inside = pathlib.Path(f"/proc/{holder.pid}/root") / place.relative_to("/")
    return place, inside, ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt")


def test_a_small_disk_that_is_filled_up_and_freed(start, small_disk, engine, client, note):
    place, inside, words = small_disk
    other = start.engine([harness.card("away")])
    arguments = ("--engine", engine.url, "--engine", other.url, "--data", place / "data")
    server = start.server(*arguments, through=words).ready()
    harness.eventually(lambda: len(server.states()) == 3, "all models")
    client(server).label("one", tier="gold")
    with pytest.raises(OSError):
        with open(inside / "filler", "wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4_096))
    began = time.monotonic()
    other.stop()
    # The journal has room for a few writes that it wrote before.
    for number in range(200):
        engine.models.append(harness.card(f"m{number}"))
        if httpx.get(f"{server.url}/readyz").text != "ok\n":
            break
        time.sleep(0.1)
    harness.eventually(
        lambda: server.states()["away"] == "UNREACHABLE", "that the engine is gone", timeout=PATIENCE + USUAL)
    server.wait_for("the list goes on from memory", timeout=PATIENCE + USUAL)
    note(f"a full tmpfs of 2 MB: the list goes on from memory after {time.monotonic() - began:.1f} s")
    ready = httpx.get(f"{server.url}/readyz")
    assert ready.status_code == 200 and "the disk is full" in ready.text and "from memory" in ready.text
    harness.eventually(lambda: len(server.states()) == 3 + number + 1, "every model")
    with pytest.raises(grpc.RpcError):
        client(server).label("two", tier="lost")
    (inside / "filler").unlink()
    server.wait_for("the store takes writes again")
    client(server).label("two", tier="iron")
    listed = client(server).list()
    server.kill()
    again = start.server(*arguments, through=words)
    assert list(client(again).list().models) == list(listed.models)
    again.ready()
    assert again.model("two")["labels"] == {"tier": "iron"} and again.model("one")["labels"] == {"tier": "gold"}


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_data_that_is_gone_is_noticed(start, engine, data, client, how):
    server = start.server("--engine", engine.url, "--data", data).ready()
    harness.eventually(lambda: len(server.states()) == 2, "all models")
    seen = client(server)
    seen.label("one", tier="gold")
    if how == "deleted":
        for file in data.glob("rollcall.db*"):
            file.unlink()
    else:
        data.rename(data.with_name("aside"))
    with pytest.raises(grpc.RpcError) as caught:
        seen.label("one", tier="lost")
    assert reason(caught.value) == "STORE_UNAVAILABLE" and "deleted or replaced" in caught.value.details()
    engine.models.append(harness.card("three"))
    harness.eventually(lambda: "three" in server.states(), "the truth", timeout=PATIENCE + USUAL)
    ready = httpx.get(f"{server.url}/readyz").text
    assert "deleted or replaced" in ready and "restart the server" in ready and "from memory" in ready
    if how == "moved":
        data.with_name("aside").rename(data)
        server.wait_for("the store takes writes again")
        seen.label("one", tier="iron")
        server.kill()
        assert start.server("--engine", engine.url, "--data", data).model("one")["labels"] == {"tier": "iron"}
        return
    revision = seen.list().revision
    server.kill()
    again = start.server("--engine", engine.url, "--data", data).ready()
    harness.eventually(lambda: len(again.states()) == 3, "all models")
    assert client(again).list().revision > revision


def test_removing_the_lock_file_lets_no_second_server_in(start, engine, data):
    server = start.server("--engine", engine.url, "--data", data).ready()
    for _ in range(2):
        (data / "lock").unlink(missing_ok=True)
        done = harness.run(
            "serve", "--listen", "127.0.0.1:0", "--engine", engine.url, "--data", data, check=False)
        assert done.returncode == 1 and "in use by another process" in done.stderr, done
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    start.server("--engine", engine.url, "--data", data)
