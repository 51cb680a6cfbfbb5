"""What replicas do now: readings in view FULL and as READINGS of a watch, by grpcio and httpx, of simulated engines."""

import collections
import datetime
import json
import time

import grpc
import httpx
import pytest

import harness
from test_events import events, kind, model

INTERVAL = 1.0
NUMBERS = [
    "running_requests", "waiting_requests", "kv_cache_usage", "prompt_tokens_per_second", "generation_tokens_per_second"]


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server over three simulated engines with three models each, every model on two of them; all have told twice."""
    directory = tmp_path_factory.mktemp("readings")
    simulator = harness.Simulator(directory, engines=3, models=3, adapters=1, replicas=2)
    config = directory / "config.yaml"
    config.write_text(simulator.config())
    server = harness.Server(directory, "--config", config, interval="500ms").ready()

    def told():
        models = httpx.get(f"{server.url}/v1/models", params={"view": "full"}).json()["data"]
        return models and all(
            replica["readings"] and replica["readings"]["prompt_tokens_per_second"] is not None
            for entry in models for replica in entry["replicas"])

    harness.eventually(told, "rates of every replica")
    yield server
    server.stop()
    simulator.stop()


def moment(text):
    return datetime.datetime.fromisoformat(text)


def test_view_full_tells_readings_of_each_replica_and_of_the_model(busy):
    entry = next(
        entry for entry in httpx.get(f"{busy.url}/v1/models", params={"view": "full"}).json()["data"]
        if entry["total_replicas"] == 2)
    now = datetime.datetime.now(datetime.timezone.utc)
    replicas = entry["replicas"]
    for told in (entry["readings"], *(replica["readings"] for replica in replicas)):
        assert all(isinstance(told[name], (int, float)) and told[name] >= 0 for name in NUMBERS), told
        assert abs((now - moment(told["taken_at"])).total_seconds()) < 30
    for name, merge in (("running_requests", sum), ("waiting_requests", sum), ("kv_cache_usage", max)):
        assert entry["readings"][name] == pytest.approx(merge(replica["readings"][name] for replica in replicas))
    assert entry["readings"]["taken_at"] == min(replica["readings"]["taken_at"] for replica in replicas)
    assert all(isinstance(amount, (int, float)) for replica in replicas for amount in replica["resources"].values())
    basic = httpx.get(f"{busy.url}/v1/models/{entry['id']}").json()
    assert "readings" not in basic and "replicas" not in basic


def test_grpc_tells_the_same(busy, connect, pb):
    catalog = connect(busy)
    page = catalog.ListModels(pb.ListModelsRequest(view=pb.FULL))
    assert page.models and not page.etag
    for entry in page.models:
        assert entry.HasField("readings") and entry.readings.HasField("running_requests")
        assert all(replica.readings.HasField("taken_at") for replica in entry.replicas)
        if len(entry.replicas) == 2:
            running = sum(replica.readings.running_requests.value for replica in entry.replicas)
            assert entry.readings.running_requests.value == pytest.approx(running)
    for entry in catalog.ListModels(pb.ListModelsRequest()).models:
        assert not entry.HasField("readings") and not entry.replicas
    filtered = catalog.ListModels(pb.ListModelsRequest(filter="readings.running_requests >= 0 AND replicas.readings:*"))
    assert filtered.total_size == len(page.models)
    past = catalog.ListModels(pb.ListModelsRequest(view=pb.FULL, at_revision=page.revision))
    assert not any(entry.HasField("readings") for entry in past.models)


def test_readings_move_no_revision_and_no_etag(busy):
    first = httpx.get(f"{busy.url}/v1/models")
    before = httpx.get(f"{busy.url}/v1/models", params={"view": "full"}).json()["data"]

    def moved():
        after = httpx.get(f"{busy.url}/v1/models", params={"view": "full"}).json()["data"]
        return [entry["readings"]["taken_at"] for entry in after] != [entry["readings"]["taken_at"] for entry in before]

    harness.eventually(moved, "other readings")
    assert httpx.get(f"{busy.url}/v1/models", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def check_readings(arrivals):
    """`arrivals`: when each model's readings came, and when the oldest of them was taken."""
    assert len(arrivals) >= 4
    for id, seen in arrivals.items():
        assert len(seen) >= 3, f"{id} came {len(seen)} times"
        taken = [one[1] for one in seen]
        assert len(set(taken)) == len(taken), f"{id} came again though nothing had moved"
        # At most one in each interval, wherever the first of them began.
        span = seen[-1][0] - seen[0][0]
        assert len(seen) <= span / INTERVAL + 2, f"{id} came {len(seen)} times in {span:.1f} s"


def test_a_grpc_watch_streams_readings(busy, connect, pb):
    request = pb.WatchModelsRequest(view=pb.FULL)
    request.readings_interval.FromTimedelta(datetime.timedelta(seconds=INTERVAL))
    stream = connect(busy).WatchModels(request, timeout=60)
    arrivals = collections.defaultdict(list)
    known, revision, synced = set(), 0, False
    end = None
    for event in stream:
        if event.type == pb.READINGS:
            assert synced and event.model.id in known and event.revision == 0
            assert {field.name for field, _ in event.model.ListFields()} == {"namespace", "id", "replicas", "readings"}
            for replica in event.model.replicas:
                names = {field.name for field, _ in replica.ListFields()}
                assert {"engine_id", "observed_at", "readings"} <= names <= {"engine_id", "observed_at", "readings", "resources"}
            taken = tuple(replica.readings.taken_at.ToNanoseconds() for replica in event.model.replicas)
            arrivals[event.model.id].append((time.monotonic(), taken))
        elif event.type == pb.ADDED:
            assert event.model.HasField("readings")
            known.add(event.model.id)
        elif event.type == pb.SYNCED:
            synced, revision = True, event.revision
            end = end or time.monotonic() + 6
        if end and time.monotonic() > end:
            break
    stream.cancel()
    check_readings(arrivals)
    assert revision > 0


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
def test_a_watch_by_server_sent_events_streams_readings(busy, protocol):
    http2 = protocol == "HTTP/2"
    arrivals = collections.defaultdict(list)
    with httpx.Client(base_url=busy.url, http2=http2, http1=not http2, timeout=30) as client:
        query = {"watch": "true", "view": "full", "readings_interval": "1s"}
        with client.stream("GET", "/v1/models", params=query) as answer:
            assert answer.status_code == 200
            synced, end = False, None
            for event in events(answer.iter_lines()):
                if kind(event) == "SYNCED":
                    synced, end = True, end or time.monotonic() + 6
                elif kind(event) == "READINGS":
                    assert synced and "id" not in event and json.loads(event["data"])["revision"] == 0
                    told = model(event)
                    assert set(told) == {"namespace", "id", "replicas", "readings"}
                    taken = tuple(replica["readings"]["taken_at"] for replica in told["replicas"])
                    arrivals[told["id"]].append((time.monotonic(), taken))
                if end and time.monotonic() > end:
                    break
    check_readings(arrivals)


def test_a_watch_keeps_to_its_filter(busy, connect, pb):
    id = busy.models()[0]["id"]
    request = pb.WatchModelsRequest(view=pb.FULL, filter=f'id = "{id}"')
    request.readings_interval.FromSeconds(1)
    seen = collections.Counter()
    for event in connect(busy).WatchModels(request, timeout=60):
        if event.type == pb.READINGS:
            seen[event.model.id] += 1
            if seen[event.model.id] == 3:
                break
    assert set(seen) == {id}


def test_what_cannot_be_streamed_is_refused(busy, connect, pb):
    for view, seconds in ((pb.BASIC, 5), (pb.FULL, 0), (pb.FULL, 3_601), (pb.FULL, -1)):
        request = pb.WatchModelsRequest(view=view)
        request.readings_interval.FromSeconds(seconds)
        with pytest.raises(grpc.RpcError) as caught:
            next(iter(connect(busy).WatchModels(request, timeout=10)))
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    for query in ("view=full&readings_interval=0.5s", "view=full&readings_interval=2h", "readings_interval=5s"):
        answer = httpx.get(f"{busy.url}/v1/models?watch=true&{query}")
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "readings_interval"


def test_a_replica_that_is_gone_is_shown_as_it_was_and_not_counted(start, connect, pb):
    simulator = start.simulator(engines=2, models=1, replicas=2)
    server = start.serving(simulator)
    catalog = connect(server)
    id = harness.eventually(server.models, "a model")[0]["id"]

    def full(states):
        entry = catalog.GetModel(pb.GetModelRequest(id=id, view=pb.FULL))
        told = all(replica.HasField("readings") for replica in entry.replicas)
        return entry if told and sorted(replica.state for replica in entry.replicas) == states else None

    harness.eventually(lambda: full([pb.READY, pb.READY]), "readings of both replicas")
    simulator.set(0, "gone")
    entry = harness.eventually(lambda: full([pb.READY, pb.UNREACHABLE]), "a replica that does not answer")
    ready = next(replica for replica in entry.replicas if replica.state == pb.READY)
    assert entry.readings.running_requests == ready.readings.running_requests
    assert entry.readings.taken_at == ready.readings.taken_at
