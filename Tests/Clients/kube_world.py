"""A server over a cluster whose pods are simulated engines, and what it says of them."""

import threading

import grpc
import httpx
import pytest

import kube
from harness import eventually

MODEL = "sim-org/model-000"


class World:
    """A cluster whose pods are simulated engines on loopback."""

    def __init__(self, start, connect, engines, arguments, settings):
        self.start, self.connect = start, connect
        self.cluster = start.cluster(*arguments, **settings)
        self.simulator = start.simulator(engines=engines, models=1, replicas=1)
        self.engines = self.simulator.engines()

    def pod(self, index=0, name=None, **more):
        """The pod of a simulated engine, as `kube.pod` makes it."""
        port = int(self.engines[index]["url"].rpartition(":")[2])
        return kube.pod(name or f"vllm-{index}", port, self.engines[index]["models"][0], **more)

    def serve(self, *arguments, config=None, is_ready=True, through=()):
        config = config or self.cluster.config()
        server = self.start.server("--kube-config", config, *arguments, through=through)
        server.catalog = self.connect(server)
        return server.ready() if is_ready else server


@pytest.fixture
def world(start, connect):
    return lambda engines=1, arguments=(), **settings: World(start, connect, engines, arguments, settings)


def id_of(pod, prefix=""):
    return f"{prefix}{pod['metadata']['namespace']}/{pod['metadata']['name']}:{pod['metadata']['labels'][kube.PORT]}"


def models(server):
    """Every model by namespace and id."""
    data = httpx.get(f"{server.url}/v1/models?view=full", timeout=30).raise_for_status().json()["data"]
    return {(model["namespace"], model["id"]): model for model in data}


def replicas(server):
    """Every replica by engine id."""
    return {replica["engine_id"]: replica for model in models(server).values() for replica in model["replicas"]}


def states(server):
    return {id: replica["state"] for id, replica in replicas(server).items()}


def becomes(server, engine, state, reason="", timeout=40):
    """The replica of an engine, once it is in the state; `engine`: an id or a pod."""
    id = engine if isinstance(engine, str) else id_of(engine)
    last = {}

    def look():
        last.update(replicas(server).get(id) or {"state": "nowhere", "state_reason": ""})
        return last if last["state"] == state and reason in last["state_reason"] else None

    try:
        return eventually(look, f"{id} {state} {reason!r}", timeout)
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {last['state']}: {last['state_reason']}") from None


def becomes_only(server, *engines):
    """Waits until exactly these are there."""
    wanted = {engine if isinstance(engine, str) else id_of(engine) for engine in engines}
    eventually(lambda: set(replicas(server)) == wanted, f"{wanted} alone", 40)


def unreachable(server):
    """The sources that lists do without."""
    from rollcall.v1 import catalog_pb2

    return list(server.catalog.ListModels(catalog_pb2.ListModelsRequest()).unreachable)


def is_unreachable(server):
    return unreachable(server) == ["kubernetes/default"]


class Told(threading.Thread):
    """All events of a watch, from SYNCED on."""

    def __init__(self, catalog, pb):
        super().__init__(daemon=True)
        self.pb, self.events, self.is_synced = pb, [], False
        self.stream = catalog.WatchModels(pb.WatchModelsRequest(view=pb.FULL))
        self.start()
        eventually(lambda: self.is_synced)

    def run(self):
        try:
            for event in self.stream:
                if self.is_synced and event.type != self.pb.SYNCED: self.events.append(event)
                self.is_synced = self.is_synced or event.type == self.pb.SYNCED
        except grpc.RpcError:
            pass

    def types(self):
        return [self.pb.WatchEventType.Name(event.type) for event in self.events]

    def states(self):
        """What models were told to be, one after the other, without repetitions."""
        all = [self.pb.ModelState.Name(event.model.state) if event.model.state else "REMOVED" for event in self.events]
        return [state for index, state in enumerate(all) if index == 0 or all[index - 1] != state]


@pytest.fixture
def watching(connect, pb):
    watches = []

    def watch(server):
        watches.append(Told(connect(server), pb))
        return watches[-1]

    yield watch
    for watch in watches: watch.stream.cancel()
