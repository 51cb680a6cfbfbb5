"""A wall clock that jumps for a while does no lasting harm: it labels, and decides nothing."""

import datetime
import json
import subprocess
import time

import pytest

import harness
import moving_clock
from moving_clock import DAY

LABELS = {"tier": "gold"}


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return moving_clock.compile_to(tmp_path_factory.mktemp("library"))


@pytest.fixture
def clock(library, tmp_path):
    return moving_clock.MovingClock(library, tmp_path / "clock")


@pytest.fixture
def engine(start):
    return start.engine([harness.card("stays"), harness.card("goes")])


@pytest.fixture
def serve(start, clock, engine, tmp_path):
    """Starts a server that forgets after 90 days, as it does by itself, on the directory of the one before."""
    return lambda: start.server("--engine", engine.url, "--data", tmp_path / "data", through=clock.words).ready()


def run(clock, *arguments):
    """The CLI on the machine whose clock jumps; its standard output."""
    done = subprocess.run(
        [*clock.words, harness.BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def differences(clock, server, since):
    """What changed since a moment of `time.monotonic`, asked by its age."""
    age = f"{round(1000 * (time.monotonic() - since))}ms"
    answer = run(clock, "diff", age, "--server", server.url, "--output", "json")
    return [(d["type"], (d.get("after") or d["before"])["id"]) for d in answer["differences"]]


def quiet():
    """A moment from which and to which nothing changes for a while, so that a diff may mean it by its age."""
    time.sleep(1)
    now = time.monotonic()
    time.sleep(1)
    return now


def scale_events(clock, server):
    """The newest first."""
    return run(clock, "events", "--server", server.url, "--output", "json")["events"][::-1]


def serves(server, engine, *ids):
    engine.models = [harness.card(id) for id in ids]
    harness.eventually(lambda: {model["id"] for model in server.models()} == set(ids), f"a list of {ids}")


def age(event):
    then = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    return abs((datetime.datetime.now(datetime.timezone.utc) - then).total_seconds())


def declared(server, administer, admin_pb):
    administer(server.address).SetModelLabels(admin_pb.SetModelLabelsRequest(id="goes", labels=LABELS))
    return server.model("goes")["created"]


def check_after(clock, server, engine, created):
    """The clock is right again: everything works at once."""
    before = quiet()
    serves(server, engine, "stays", "later")
    assert differences(clock, server, before) == [("ADDED", "later")]
    assert scale_events(clock, server)[0]["id"] == "later"
    serves(server, engine, "stays", "goes")
    back = server.model("goes")
    assert back["labels"] == LABELS and back["created"] == created


@pytest.mark.parametrize("jump", [100 * DAY, -3 * DAY])
def test_a_clock_that_jumps_for_35_seconds(clock, engine, serve, administer, admin_pb, jump):
    server = serve()
    created = declared(server, administer, admin_pb)
    before = quiet()
    serves(server, engine, "stays")
    clock.jump(jump)
    jumped = quiet()
    assert differences(clock, server, before) == [("REMOVED", "goes")]
    assert differences(clock, server, jumped) == []
    serves(server, engine, "stays", "during")
    assert differences(clock, server, before) == [("ADDED", "during"), ("REMOVED", "goes")]
    assert differences(clock, server, jumped) == [("ADDED", "during")]
    # Housekeeping, which forgets what is absent for 90 days, comes round every 30 seconds.
    time.sleep(max(0, jumped + 34 - time.monotonic()))
    clock.jump(0)
    back = quiet()
    assert differences(clock, server, before) == [("ADDED", "during"), ("REMOVED", "goes")]
    assert differences(clock, server, jumped) == [("ADDED", "during")]
    assert differences(clock, server, back) == []
    serves(server, engine, "stays")
    events = scale_events(clock, server)
    assert [event["id"] for event in events[:3]] == ["during", "during", "goes"]
    assert age(events[0]) < 30 and age(events[1]) > 2 * DAY and age(events[2]) < 120
    revisions = [int(event["revision"]) for event in events]
    assert revisions == sorted(revisions, reverse=True)
    check_after(clock, server, engine, created)


@pytest.mark.parametrize("jump", [100 * DAY, -100 * DAY])
@pytest.mark.parametrize("end", ["drain", "kill"])
def test_a_jump_across_a_restart(clock, engine, serve, administer, admin_pb, jump, end):
    server = serve()
    created = declared(server, administer, admin_pb)
    serves(server, engine, "stays")
    getattr(server, end)()
    clock.jump(jump)
    server = serve()
    before = quiet()
    serves(server, engine, "stays", "during")
    assert differences(clock, server, before) == [("ADDED", "during")]
    # A server that ends keeps house once more.
    assert server.drain() == 0
    clock.jump(0)
    server = serve()
    serves(server, engine, "stays")
    check_after(clock, server, engine, created)
