"""Numbers of replicas: up, down, to zero and from zero, and why."""

import json
import subprocess

import grpc
import pytest

import harness
import kube
from harness import eventually

MODEL = "org/model"


@pytest.fixture
def engines():
    engines = [harness.Engine([harness.card(MODEL)]) for _ in range(4)]
    yield engines
    for engine in engines: engine.stop()


class Fleet:
    """Engines that a file names: as many as are asked for."""

    def __init__(self, directory, engines):
        self.directory, self.engines, self.file = directory, engines, directory / "engines.json"
        self.scale(0)
        self.start()

    def start(self):
        self.server = harness.Server(
            self.directory, "--engines-file", self.file, "--data", self.directory / "data").ready()

    def scale(self, count):
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps([{"targets": [engine.url.removeprefix("http://") for engine in self.engines[:count]]}]))
        new.rename(self.file)

    def replicas(self):
        return {model["id"]: model["total_replicas"] for model in self.server.models()}.get(MODEL, 0)

    def scaled(self, count):
        self.scale(count)
        eventually(lambda: self.replicas() == count, f"{count} replicas")


@pytest.fixture
def fleet(tmp_path, engines):
    fleet = Fleet(tmp_path, engines)
    yield fleet
    fleet.server.stop()


def test_each_change_is_told_with_its_reason(fleet, connect, pb):
    for count in (1, 3, 2, 0, 4): fleet.scaled(count)
    stub = connect(fleet.server)
    events = stub.ListScaleEvents(pb.ListScaleEventsRequest(id=MODEL)).events
    # Engines that come together may be listed one after the other.
    assert events[-1].type == pb.SCALED_FROM_ZERO and events[-1].from_replicas == 0
    # Those that go together may go one after the other too.
    down = [event for event in events if event.type == pb.SCALED_DOWN]
    assert (down[-1].from_replicas, down[-1].to_replicas) == (3, 2)
    assert [event.to_replicas for event in events if event.type == pb.SCALED_TO_ZERO] == [0]
    assert events[0].to_replicas == 4
    for newer, older in zip(events, events[1:]):
        assert newer.from_replicas == older.to_replicas and newer.revision > older.revision
        assert newer.time.ToDatetime() >= older.time.ToDatetime()
    assert down[-1].reason == f"gone: {fleet.engines[2].url.removeprefix('http://')} (READY)"
    pages, token = [], ""
    while True:
        page = stub.ListScaleEvents(pb.ListScaleEventsRequest(id=MODEL, page_size=2, page_token=token))
        pages += page.events
        if not (token := page.next_page_token): break
    assert pages == list(events)
    # What was told before a restart is told after it.
    fleet.server.stop()
    fleet.start()
    assert list(connect(fleet.server).ListScaleEvents(pb.ListScaleEventsRequest(id=MODEL)).events) == list(events)


def test_a_watcher_sees_a_change_as_modified(fleet, connect, pb):
    fleet.scaled(1)
    stream = connect(fleet.server).WatchModels(pb.WatchModelsRequest(), timeout=30)
    while next(stream).type != pb.SYNCED: pass
    fleet.scale(2)
    event = next(event for event in stream if event.type != pb.SYNCED)
    assert (event.type, event.model.total_replicas) == (pb.MODIFIED, 2)
    stream.cancel()


@pytest.mark.parametrize("request_", [
    {"page_token": "x"}, {"page_token": "!"}, {"page_size": -1}, {"page_token": "MQBkAGUAZgBn"}])
def test_what_cannot_be_asked_is_refused(fleet, connect, pb, request_):
    with pytest.raises(grpc.RpcError) as refused:
        connect(fleet.server).ListScaleEvents(pb.ListScaleEventsRequest(**request_))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_the_command_shows_and_follows(fleet):
    assert harness.run("events", "--server", fleet.server.address) == "nothing was scaled\n"
    fleet.scaled(1)
    table = harness.run("events", "--server", fleet.server.address)
    assert "SCALED_FROM_ZERO" in table and "0 -> 1" in table and MODEL in table
    told = json.loads(harness.run("events", MODEL, "--server", fleet.server.address, "--output", "json"))
    assert told["events"][-1]["to_replicas"] == 1
    command = subprocess.Popen(
        [harness.BINARY, "events", "--follow", "--output", "json", "--server", fleet.server.address],
        stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(command.stdout.readline())["type"] == "SCALED_FROM_ZERO"
        fleet.scaled(2)
        assert json.loads(command.stdout.readline())["to_replicas"] == 2
    finally:
        command.terminate()
        command.wait(20)


def test_a_deployment_that_is_scaled_to_zero_is_cold_and_comes_back(tmp_path, engines, connect, pb):
    cluster = kube.Cluster(tmp_path)
    port = engines[0].url.rsplit(":", 1)[1]
    pod = kube.pod("p", port=port, model="declared", annotations={kube.NAME: MODEL}, owner="d")
    cluster.apply(pod, kube.deployment("d", 1, annotations={kube.NAME: MODEL}))
    server = harness.Server(tmp_path, "--kube-config", cluster.config())
    try:
        eventually(lambda: server.states() == {MODEL: "READY"}, "READY")
        cluster.apply(kube.deployment("d", 0, annotations={kube.NAME: MODEL}))
        cluster.delete(pod)
        eventually(lambda: server.states() == {MODEL: "COLD"}, "COLD")
        cluster.apply(kube.deployment("d", 1, annotations={kube.NAME: MODEL}))
        eventually(lambda: server.states() == {MODEL: "LOADING"}, "LOADING")
        cluster.apply(pod)
        eventually(lambda: server.states() == {MODEL: "READY"}, "READY again")
        events = connect(server).ListScaleEvents(pb.ListScaleEventsRequest()).events
        types = [pb.ScaleEventType.Name(event.type) for event in reversed(events)]
        assert types[0] == "SCALED_FROM_ZERO" and "SCALED_TO_ZERO" in types
        assert types[types.index("SCALED_TO_ZERO") + 1] == "SCALED_FROM_ZERO"
        zero = next(event for event in events if event.type == pb.SCALED_TO_ZERO)
        assert zero.reason.startswith("Deployment d is scaled to 0; gone: ")
    finally:
        server.stop()
        cluster.stop()
