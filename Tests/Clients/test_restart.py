"""What a server knows outlives it: the last list, the past, labels; and what it must not claim after a restart."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness
from test_events import events, kind, model
from watching import until


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def serve(start, data):
    """Starts a server on the data directory; one is stopped before the next is started."""

    def serve(*arguments):
        return start.server(*arguments, "--data", data)

    return serve


def swept(server, engines, rounds=2):
    """Waits until every engine was probed so many times since the server's start."""
    harness.eventually(lambda: server.metric("rollcall_probes_total") >= engines * rounds, "probes", 60)
    return server.ready()


def listed(server):
    """The list as bytes with its tag, and the revision that it shows."""
    # A list that was compressed meanwhile has another tag.
    identity = {"accept-encoding": "identity"}
    answer = httpx.get(f"{server.url}/v1/models", headers=identity).raise_for_status()
    return answer.headers["etag"], answer.content


def missed(connect, pb, server, revision):
    """What a watch from a revision tells until it is in sync: pairs of type and id, and the revision then."""
    stream = connect(server).WatchModels(pb.WatchModelsRequest(start_revision=revision), timeout=30)
    seen = until(stream, lambda event: event.type == pb.SYNCED)
    stream.cancel()
    return [(event.type, event.model.id, event.revision) for event in seen[:-1]], seen[-1].revision


def head(connect, pb, server):
    return connect(server).ListModels(pb.ListModelsRequest(page_size=1)).revision


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_writes_nothing(start, serve, connect, pb, number):
    simulator = start.simulator(engines=4, models=3, adapters=1)
    urls = [word for url in simulator.urls() for word in ("--engine", url)]
    simulator.set("2", "gone")
    simulator.set("3", "failing")
    server = swept(serve(*urls), 4, rounds=6)
    simulator.set("1", "gone")
    harness.eventually(lambda: "UNREACHABLE" in server.states().values(), "an engine that is gone")
    tag, body = listed(server)
    revision = head(connect, pb, server)
    server.signal(number)
    server.wait()

    again = serve(*urls)
    # At once, before any engine was asked.
    assert listed(again) == (tag, body)
    swept(again, 3, rounds=5)
    assert listed(again) == (tag, body)
    assert head(connect, pb, again) == revision
    assert httpx.get(f"{again.url}/v1/models", headers={"if-none-match": tag}).status_code == 304


def change(server, engine, *ids):
    engine.models = [harness.card(id) for id in ids]
    harness.eventually(lambda: set(server.states()) == set(ids), f"the models {ids}")


def test_a_watch_resumes_with_exactly_what_it_missed(start, serve, connect, pb):
    engine = start.engine([harness.card("one")])
    server = serve("--engine", engine.url).ready()
    stream = connect(server).WatchModels(pb.WatchModelsRequest(), timeout=60)
    first = until(stream, lambda event: event.type == pb.SYNCED)[-1].revision
    for ids in [("one", "two", "three"), ("two",), ("two", "one", "four")]:
        change(server, engine, *ids)
    live = [(event.type, event.model.id, event.revision) for event in until(stream, lambda e: e.model.id == "four")]
    # The last ones come in one revision, in order of their ids: "one" is behind "four".
    last = next(stream)
    live.append((last.type, last.model.id, last.revision))
    server.kill()

    again = serve("--engine", engine.url)
    swept(again, 1, rounds=3)
    assert missed(connect, pb, again, first) == (live, live[-1][2])
    told = [revision for _, _, revision in live]
    for revision in set(told):
        # The first event that carries a revision is the last of that transaction; the others are of the one after it.
        following = live if revision == first else live[told.index(revision) + 1:]
        assert missed(connect, pb, again, revision) == (following, live[-1][2])

    # What happens while nobody watches the engines is told when it is seen.
    again.kill()
    engine.models = [harness.card("two"), harness.card("five")]
    third = swept(serve("--engine", engine.url), 1)
    harness.eventually(lambda: set(third.states()) == {"two", "five"}, "the models now")
    told, revision = missed(connect, pb, third, live[-1][2])
    assert {(type, id) for type, id, _ in told} == {(pb.ADDED, "five"), (pb.REMOVED, "one"), (pb.REMOVED, "four")}
    assert revision > live[-1][2]


def test_server_sent_events_resume_across_a_restart(start, serve):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = serve("--engine", engine.url).ready()
    with httpx.stream("GET", f"{server.url}/v1/models", params={"watch": "true"}, timeout=30) as answer:
        lines = events(answer.iter_lines())
        for event in lines:
            if kind(event) == "SYNCED":
                break
        change(server, engine, "one", "three")
        live = [next(lines), next(lines)]
    server.kill()
    again = swept(serve("--engine", engine.url), 1)
    with httpx.stream(
        "GET", f"{again.url}/v1/models", params={"watch": "true"}, headers={"last-event-id": event["id"]}, timeout=30
    ) as answer:
        told = []
        for next_event in events(answer.iter_lines()):
            if kind(next_event) == "SYNCED":
                break
            told.append(next_event)
    assert told == live


def test_the_list_is_there_before_the_server_is_ready(start, serve, connect, pb):
    """Engines that hang from before the restart: the list is served as it was, health says not yet, then the truth."""
    simulator = start.simulator(engines=2, models=2)
    urls = [word for url in simulator.urls() for word in ("--engine", url)]
    server = swept(serve(*urls), 2)
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "all models")
    before, revision = listed(server), head(connect, pb, server)
    server.drain()
    simulator.set("all", "hang")
    again = serve(*urls, "--probe-timeout", "4s")
    assert httpx.get(f"{again.url}/readyz").status_code == 503
    assert httpx.get(f"{again.url}/healthz").status_code == 200
    assert listed(again) == before
    with grpc.insecure_channel(again.address) as channel:
        status = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status
        assert status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert missed(connect, pb, again, revision) == ([], revision), "a watch goes on too"
    again.ready(20)
    assert set(again.states().values()) == {"UNREACHABLE"}
    simulator.set("all", "ok")
    harness.eventually(lambda: set(again.states().values()) == {"READY"}, "that they are back", 60)


def test_an_engine_that_went_away_meanwhile_is_never_ready_again(start, serve, connect, pb):
    simulator = start.simulator(engines=2, models=1)
    urls = [word for url in simulator.urls() for word in ("--engine", url)]
    server = swept(serve(*urls), 2)
    harness.eventually(lambda: set(server.states().values()) == {"READY"}, "all models")
    revision = head(connect, pb, server)
    server.kill()
    simulator.set("0", "gone")
    again = serve(*urls)
    again.ready()
    states = again.states()
    assert sorted(states.values()) == ["READY", "UNREACHABLE"], "since the first sweep"
    lost = next(id for id, state in states.items() if state == "UNREACHABLE")
    swept(again, 2, rounds=8)
    stream = connect(again).WatchModels(pb.WatchModelsRequest(start_revision=revision), timeout=30)
    told = until(stream, lambda event: event.type == pb.SYNCED)[:-1]
    assert [(event.type, event.model.id, event.model.state) for event in told] == [(pb.MODIFIED, lost, pb.UNREACHABLE)]
    assert again.states() == states


def test_an_engine_that_is_no_longer_named_is_forgotten_at_once(start, serve):
    simulator = start.simulator(engines=2, models=1)
    urls = simulator.urls()
    server = swept(serve("--engine", urls[0], "--engine", urls[1]), 2)
    harness.eventually(lambda: len(server.models()) == 2, "both models")
    server.drain()
    again = swept(serve("--engine", urls[1]), 1)
    assert len(again.models()) == 1


@pytest.mark.parametrize("way", ["wiped", "in memory"])
def test_a_server_that_remembers_nothing_says_reset(start, serve, data, connect, pb, way):
    engine = start.engine([harness.card("one")])
    server = serve("--engine", engine.url).ready()
    revision = head(connect, pb, server)
    server.kill()
    if way == "wiped":
        shutil.rmtree(data)
        again = serve("--engine", engine.url).ready()
    else:
        again = start.server("--engine", engine.url, "--in-memory").ready()
    told, later = missed(connect, pb, again, revision)
    assert [(type, id) for type, id, _ in told] == [(pb.RESET, ""), (pb.ADDED, "one")]
    assert later > revision


def test_after_a_restored_backup_what_it_does_not_know_is_reset(start, serve, data, tmp_path, connect, pb):
    engine = start.engine([harness.card("one")])
    server = serve("--engine", engine.url).ready()
    change(server, engine, "one", "two")
    kept = head(connect, pb, server)
    with sqlite3.connect(data / "rollcall.db") as source, sqlite3.connect(tmp_path / "backup.db") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    change(server, engine, "one", "two", "three")
    change(server, engine, "one", "two", "three", "four")
    lost = head(connect, pb, server)
    assert lost > kept
    server.drain()

    for file in data.glob("rollcall.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", data / "rollcall.db")
    again = swept(serve("--engine", engine.url), 1)
    harness.eventually(lambda: len(again.models()) == 4, "all models")
    told, revision = missed(connect, pb, again, lost)
    assert told[0][0] == pb.RESET and len(told) == 5
    assert revision > lost, "no revision is used twice"
    told, _ = missed(connect, pb, again, kept)
    assert {(type, id) for type, id, _ in told} == {(pb.ADDED, "three"), (pb.ADDED, "four")}


def refused(*arguments):
    done = harness.run("serve", "--listen", "127.0.0.1:0", "--engine", "http://127.0.0.1:1", *arguments, check=False)
    assert done.returncode == 1 and "Error: " in done.stderr, done
    return done.stderr


def test_a_second_process_on_a_directory_is_refused(start, serve, data):
    engine = start.engine([harness.card("m")])
    server = serve("--engine", engine.url).ready()
    said = refused("--data", data)
    assert str(data) in said and str(server.pid) in said and "--data" in said
    assert server.states() == {"m": "READY"}
    server.drain()
    serve("--engine", engine.url).ready()


def test_a_directory_that_cannot_be_written_is_refused(data, tmp_path):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refused("--data", tmp_path / "file" / "data")
    data.mkdir(mode=0o555)
    command = [harness.BINARY, "serve", "--engine", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--data", data]
    if os.geteuid() == 0:  # whom nothing is forbidden
        for directory in [tmp_path, *tmp_path.parents[:3]]:
            directory.chmod(directory.stat().st_mode | 0o011)
        command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and str(data) in done.stderr and "--in-memory" in done.stderr, done
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_store_is_refused_and_left_alone(data, content):
    data.mkdir()
    file = data / "rollcall.db"
    file.write_bytes(content)
    said = refused("--data", data)
    assert str(file) in said and "--data" in said
    assert file.read_bytes() == content


def test_declared_labels_survive_restarts_and_absence(start, serve):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = serve("--engine", engine.url).ready()
    harness.run("label", "one", "tier=gold", "owner=search", "--server", server.address)
    created = server.model("one")["created"]
    server.kill()
    engine.models = [harness.card("two")]
    again = swept(serve("--engine", engine.url), 1)
    harness.eventually(lambda: set(again.states()) == {"two"}, "that one is gone")
    again.drain()
    engine.models = [harness.card("one"), harness.card("two")]
    third = swept(serve("--engine", engine.url), 1)
    harness.eventually(lambda: "one" in third.states(), "that one is back")
    one = third.model("one")
    assert one["labels"] == {"tier": "gold", "owner": "search"}
    assert one["created"] == created


def test_the_log_says_what_was_loaded(start, serve, data):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = serve("--engine", engine.url).ready()
    server.drain()
    again = serve("--engine", engine.url)
    line = again.wait_for(r"info rollcall: loaded .*")[0]
    assert f"data={data}" in line and "models=2" in line and "engines=1" in line and "changes=2" in line


def test_diff_tells_what_changed_since_before_the_restart(start, serve, connect, pb):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = serve("--engine", engine.url).ready()
    revision = head(connect, pb, server)
    server.kill()
    engine.models = [harness.card("two"), harness.card("three")]
    again = swept(serve("--engine", engine.url), 1)
    harness.eventually(lambda: set(again.states()) == {"two", "three"}, "the models now")
    diff = json.loads(harness.run("diff", revision, "--server", again.address, "--output", "json"))
    assert [(one["type"], (one["after"] or one["before"])["id"]) for one in diff["differences"]] == [
        ("REMOVED", "one"), ("ADDED", "three")]
    past = json.loads(harness.run("list", "--at-revision", revision, "--server", again.address, "--output", "json"))
    assert {model["id"] for model in past} == {"one", "two"}
