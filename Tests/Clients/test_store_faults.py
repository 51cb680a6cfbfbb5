"""A disk that fails under a running server: reads go on, writes say why not, and all of it recovers."""

import concurrent.futures
import errno
import re
import signal
import subprocess

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import faulty_disk
import harness
from details import reason
from test_events import events, kind, model
from watching import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
ADMIN = "rollcall.v1.CatalogAdmin"


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return faulty_disk.compile_to(tmp_path_factory.mktemp("library"))


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def disk(library, tmp_path, data):
    """The disk of the data directory."""
    disk = faulty_disk.FaultyDisk(library, tmp_path / "disk", data)
    yield disk
    disk.behave()


@pytest.fixture
def serve(start, data, disk):
    """Starts a server whose data directory is on that disk."""

    def serve(*arguments):
        return start.server(*arguments, "--data", data, through=disk.words)

    return serve


@pytest.fixture
def engine(start):
    return start.engine([harness.card("one"), harness.card("two")])


def listed(server):
    answer = httpx.get(f"{server.url}/v1/models").raise_for_status()
    return answer.headers["etag"], answer.content


def statuses(stub):
    return {service: stub.Check(health_pb2.HealthCheckRequest(service=service)).status
            for service in ["", "rollcall.v1.ModelCatalog", ADMIN]}


def logged(server, levels):
    return re.findall(rf"(?m)^\S+ (?:{levels}) .*", server.output())


def told(event):
    """An event of either stream as type and model."""
    return kind(event), model(event).get("id")


def labels(admin_pb, id, **labels):
    return admin_pb.SetModelLabelsRequest(id=id, labels=labels)


@pytest.mark.parametrize(
    "number, of, cause",
    [
        (errno.ENOSPC, faulty_disk.FaultyDisk.GROWTH, "the disk is full"),
        (errno.EROFS, faulty_disk.FaultyDisk.EVERYTHING, "Read-only file system"),
        (errno.EIO, faulty_disk.FaultyDisk.EVERYTHING, "Input/output error"),
    ], ids=["full", "read-only", "broken"])
def test_reads_go_on_writes_say_why_not_and_all_recovers(
    serve, engine, disk, data, connect, administer, dial, pb, admin_pb, number, of, cause
):
    server = serve("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 2, "both models")
    catalog, admin = connect(server), administer(server.address)
    health = health_pb2_grpc.HealthStub(dial(server.address))
    before = listed(server)
    watch = catalog.WatchModels(pb.WatchModelsRequest(), timeout=120)
    synced = until(watch, lambda event: event.type == pb.SYNCED)[-1].revision
    admin_health = health.Watch(health_pb2.HealthCheckRequest(service=ADMIN), timeout=120)
    assert next(admin_health).status == SERVING
    with httpx.stream("GET", f"{server.url}/v1/models", params={"watch": "true"}, timeout=60) as answer:
        lines = events(answer.iter_lines())
        next(event for event in lines if kind(event) == "SYNCED")

        disk.behave(number, of=of)
        engine.models.append(harness.card("three"))
        assert next(admin_health).status == NOT_SERVING
        attempts = server.metric("rollcall_store_commits_total")
        harness.eventually(lambda: server.metric("rollcall_store_commits_total") >= attempts + 3, "some more attempts")
        assert disk.refused >= 3

        # What was known is there, and says what is missing.
        assert listed(server) == before
        answer = catalog.ListModels(pb.ListModelsRequest())
        assert ([model.id for model in answer.models], answer.unreachable) == (["one", "two"], ["store"])
        assert answer.revision == synced
        one = catalog.GetModel(pb.GetModelRequest(id="one"))
        assert catalog.GetModel(pb.GetModelRequest(id="one", at_revision=synced)).etag == one.etag
        # A write says what the matter is, and nobody sees it.
        with pytest.raises(grpc.RpcError) as caught:
            admin.SetModelLabels(labels(admin_pb, "one", tier="gold"), timeout=30)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert reason(caught.value) == "STORE_UNAVAILABLE"
        assert str(data / "rollcall.db") in caught.value.details() and cause in caught.value.details()
        done = harness.run("label", "one", "tier=gold", "--server", server.address, check=False)
        assert done.returncode == 1 and cause in done.stderr, done
        assert server.model("one")["labels"] == {}
        # Whoever watches over it is told.
        assert server.metric("rollcall_store_up") == 0
        assert statuses(health) == {"": SERVING, "rollcall.v1.ModelCatalog": SERVING, ADMIN: NOT_SERVING}
        ready = httpx.get(f"{server.url}/readyz")
        assert ready.status_code == 200 and str(data) in ready.text and cause in ready.text
        server.wait_for("the store takes no writes")
        complaints = logged(server, "error|warning")
        # Not one for each attempt.
        assert [bool(re.search(rf"the store takes no writes.*{cause}", line)) for line in complaints].count(True) == 1
        assert len(complaints) <= 2, "that, and that observations wait"

        disk.behave()
        assert next(admin_health).status == SERVING
        event = next(watch)
        assert (event.type, event.model.id) == (pb.ADDED, "three")
        assert set(server.states()) == {"one", "two", "three"}
        # After many scrapes a page of metrics may be half a second old.
        harness.eventually(lambda: server.metric("rollcall_store_up") == 1, "the metric")
        assert statuses(health) == {"": SERVING, "rollcall.v1.ModelCatalog": SERVING, ADMIN: SERVING}
        assert httpx.get(f"{server.url}/readyz").text == "ok\n"
        assert catalog.ListModels(pb.ListModelsRequest()).unreachable == []
        labelled = admin.SetModelLabels(labels(admin_pb, "one", tier="iron"), timeout=30)
        event = next(watch)
        assert (event.type, event.model) == (pb.MODIFIED, labelled)
        assert [told(next(lines)), told(next(lines))] == [("ADDED", "three"), ("MODIFIED", "one")]
        server.wait_for("the store takes writes again")
    watch.cancel()

    after = listed(server)
    assert server.drain() == 0
    again = serve("--engine", engine.url)
    assert listed(again) == after
    watch = connect(again).WatchModels(pb.WatchModelsRequest(start_revision=synced), timeout=30)
    missed = until(watch, lambda event: event.type == pb.SYNCED)[:-1]
    assert [(event.type, event.model.id) for event in missed] == [(pb.ADDED, "three"), (pb.MODIFIED, "one")]


def test_a_label_alone_finds_out_and_the_next_one_that_is_stored_ends_it(serve, engine, disk, administer, admin_pb):
    """Nothing else is written meanwhile: the engines are as they were."""
    server = serve("--engine", engine.url).ready()
    admin = administer(server.address)
    disk.behave(errno.EIO, of=disk.FLUSHES)
    with pytest.raises(grpc.RpcError) as caught:
        admin.SetModelLabels(labels(admin_pb, "one", tier="gold"), timeout=30)
    assert reason(caught.value) == "STORE_UNAVAILABLE"
    assert server.metric("rollcall_store_up") == 0
    assert server.model("one")["labels"] == {}
    disk.behave()
    assert admin.SetModelLabels(labels(admin_pb, "one", tier="iron"), timeout=30).labels == {"tier": "iron"}
    assert server.metric("rollcall_store_up") == 1
    after = listed(server)
    server.kill()
    assert listed(serve("--engine", engine.url)) == after


def test_a_disk_that_heals_is_found_out_without_anybody_writing(serve, engine, disk, administer, admin_pb):
    server = serve("--engine", engine.url).ready()
    disk.fill_up()
    with pytest.raises(grpc.RpcError):
        administer(server.address).SetModelLabels(labels(admin_pb, "one", tier="gold"), timeout=30)
    assert server.metric("rollcall_store_up") == 0
    disk.behave()
    harness.eventually(lambda: server.metric("rollcall_store_up") == 1, "that the store is asked again")
    server.wait_for("the store takes writes again")


def test_reads_do_not_wait_for_a_write_that_waits_for_the_disk(serve, engine, disk, connect, administer, pb, admin_pb):
    server = serve("--engine", engine.url).ready()
    catalog = connect(server)
    watch = catalog.WatchModels(pb.WatchModelsRequest(), timeout=120)
    synced = until(watch, lambda event: event.type == pb.SYNCED)[-1].revision
    before = listed(server)
    disk.behave(hold=True)
    write = administer(server.address).SetModelLabels.future(labels(admin_pb, "one", tier="gold"), timeout=120)
    harness.eventually(lambda: disk.waiting, "that the write waits")
    engine.models.append(harness.card("three"))
    # All of these are answered while it waits, which it does until it is let go.
    for _ in range(30):
        assert listed(server) == before
        assert catalog.ListModels(pb.ListModelsRequest()).revision == synced
        assert catalog.GetModel(pb.GetModelRequest(id="one")).labels == {}
        assert len(catalog.ListModels(pb.ListModelsRequest(at_revision=synced)).models) == 2
        assert not catalog.DiffModels(pb.DiffModelsRequest(from_revision=synced)).differences
        assert httpx.get(f"{server.url}/readyz").text == "ok\n"
        assert server.metric("rollcall_store_up") == 1
    assert not write.done() and disk.waiting
    disk.behave()
    assert write.result().labels == {"tier": "gold"}
    first, second = next(watch), next(watch)
    assert (first.type, first.model) == (pb.MODIFIED, write.result())
    assert (second.type, second.model.id) == (pb.ADDED, "three")
    watch.cancel()


def test_a_slow_disk_loses_and_reorders_nothing(serve, start, disk, connect, administer, pb, admin_pb):
    ids = ["a", "b", "c", "d"]
    engine = start.engine([harness.card(id) for id in ids])
    server = serve("--engine", engine.url).ready()
    catalog, admin = connect(server), administer(server.address)
    watch = catalog.WatchModels(pb.WatchModelsRequest(), timeout=120)
    until(watch, lambda event: event.type == pb.SYNCED)
    disk.behave(write_delay=2, flush_delay=300)

    def declare(id):
        return [admin.SetModelLabels(labels(admin_pb, id, round=str(round)), timeout=120) for round in range(4)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        work = [pool.submit(declare, id) for id in ids]
        engine.models.append(harness.card("e"))
        declared = [model for done in work for model in done.result()]
    # Each is acknowledged as the watch tells it.
    expected = {id: [model for model in declared if model.id == id] for id in ids}
    assert all([model.labels["round"] for model in expected[id]] == list("0123") for id in ids)
    seen = []
    while len(seen) < len(declared) + 1:
        seen.append(next(watch).model)
    assert {id: [model for model in seen if model.id == id] for id in ids} == expected
    assert [model.id for model in seen if model.id not in ids] == ["e"]
    assert [model.revision for model in seen] == sorted(model.revision for model in seen)
    watch.cancel()

    # It stops when what was asked of it is done.
    disk.behave(hold=True)
    last = admin.SetModelLabels.future(labels(admin_pb, "a", round="last"), timeout=120)
    harness.eventually(lambda: disk.waiting, "that the write waits")
    server.signal(signal.SIGTERM)
    server.wait_for("draining")
    disk.behave(write_delay=2, flush_delay=300)
    assert last.result().labels == {"round": "last"}
    assert server.wait() == 0
    assert logged(server, "error|warning") == []
    again = serve("--engine", engine.url)
    assert {model["id"]: model["labels"].get("round") for model in again.models()} == {
        "a": "last", "b": "3", "c": "3", "d": "3", "e": None}


def refused(disk, data):
    """What a server says that does not start."""
    done = subprocess.run(
        [*disk.words, harness.BINARY, "serve", "--listen", "127.0.0.1:0", "--engine", "http://127.0.0.1:1",
         "--data", data], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Error: " in done.stderr, done
    return done.stderr


def test_a_new_directory_on_a_full_disk_is_refused(serve, engine, disk, data):
    disk.fill_up()
    said = refused(disk, data)
    assert str(data / "rollcall.db") in said and "the disk is full" in said
    assert not (data / "rollcall.db").exists()
    disk.behave()
    server = serve("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 2, "both models")


@pytest.mark.parametrize(
    "number, of, cause",
    [
        (errno.ENOSPC, faulty_disk.FaultyDisk.GROWTH, "the disk is full"),
        (errno.EROFS, faulty_disk.FaultyDisk.EVERYTHING, "Read-only file system"),
    ], ids=["full", "read-only"])
def test_a_store_that_cannot_be_written_is_refused_and_left_as_it_is(serve, engine, disk, data, number, of, cause):
    server = serve("--engine", engine.url).ready()
    before = listed(server)
    server.drain()
    content = (data / "rollcall.db").read_bytes()
    disk.behave(number, of=of)
    said = refused(disk, data)
    assert str(data) in said and cause in said
    assert (data / "rollcall.db").read_bytes() == content
    disk.behave()
    assert listed(serve("--engine", engine.url)) == before


def test_a_damaged_store_is_refused_and_left_as_it_is(serve, engine, disk, data):
    server = serve("--engine", engine.url).ready()
    server.drain()
    file = data / "rollcall.db"
    content = bytearray(file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    file.write_bytes(content)
    said = refused(disk, data)
    assert str(file) in said and "damaged" in said and "restore a backup" in said
    assert file.read_bytes() == content
