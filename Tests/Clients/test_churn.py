"""Pods that come and go under an API that fails in every way: nothing is missed, nothing stays.

`scripts/soak churn` makes a thousand rounds; CHURN_ROUNDS and CHURN_SEED say how many, and by which chance.
"""

import collections
import itertools
import os
import random
import threading
import time

import grpc
import pytest

import harness
import kube
from harness import eventually

# At least so many, and as many more as it takes to meet each fault once.
ROUNDS = int(os.environ.get("CHURN_ROUNDS", "100"))
SEED = int(os.environ.get("CHURN_SEED", random.randrange(1 << 31)))
# Engines that pods run, how many pods there may be at once, and how many of them live from the beginning to the end: half,
# so that no list ever loses more than half and is doubted for that.
ENGINES, MOST, PILLARS = 24, 16, 8
# Every so many rounds it is looked whether all is told as it is.
ROUNDS_TO_SETTLE = 25
# Seconds after which all must be told as it is: failures are waited out for up to 30 s each.
PATIENCE = 90


class Pods:
    """The truth: which pods there are. Each has an engine of its own, and serves a model of its own."""

    def __init__(self, cluster, simulator, choose):
        self.cluster, self.choose = cluster, choose
        self.engines = simulator.engines()
        self.free = collections.deque(range(len(self.engines)))
        self.there, self.ending = {}, set()
        self.serial = 0
        # These must be told all the time.
        self.pillars = {self.name(self.add()) for _ in range(PILLARS)}

    @staticmethod
    def name(pod):
        return pod["metadata"]["name"]

    def id(self, name):
        pod = self.there[name][1]
        return f"default/{name}:{pod['metadata']['labels'][kube.PORT]}"

    def ids(self):
        return {self.id(name) for name in self.there}

    def make(self, name, index, **more):
        port = int(self.engines[index]["url"].rpartition(":")[2])
        return kube.pod(name, port, self.engines[index]["models"][0], **more)

    def put(self, name, index, **more):
        pod = self.make(name, index, **more)
        self.there[name] = (index, self.cluster.apply(pod)[0])
        return pod

    def add(self, name=None):
        self.serial += 1
        return self.put(name or f"vllm-{self.serial}", self.free.popleft(), ready=self.choose.random() < 0.8)

    def mortal(self):
        return [name for name in self.there if name not in self.pillars]

    def remove(self, name):
        index, pod = self.there.pop(name)
        self.ending.discard(name)
        self.cluster.delete(pod)
        # The last one that is used again, so that what was there before is told first.
        self.free.append(index)

    def change(self):
        """One thing that happens to pods."""
        mortal = self.mortal()
        what = self.choose.choice(["add", "add", "remove", "end", "ready", "replace", "move", "flicker"])
        if what in ("add", "flicker") or not mortal:
            if len(self.there) < MOST:
                pod = self.add()
                if what == "flicker": self.remove(self.name(pod))
            elif mortal:
                self.remove(self.choose.choice(mortal))
            return
        name = self.choose.choice(mortal)
        index, pod = self.there[name]
        if what == "remove":
            self.remove(name)
        elif what == "end":
            if name not in self.ending: self.cluster.apply(kube.ending(pod))
            self.ending.add(name)
        elif what == "ready" and name not in self.ending:
            self.put(name, index, ready=self.choose.random() < 0.8, uid=pod["metadata"]["uid"])
        elif what == "replace":
            # Another pod of the same name, on the same engine: as a StatefulSet does it.
            self.cluster.delete(pod)
            self.ending.discard(name)
            self.put(name, index)
        elif what == "move":
            self.remove(name)
            self.add(name)

    def settle(self):
        """Everything that ends has ended, everything that is there is Ready."""
        for name in list(self.ending): self.remove(name)
        for name, (index, pod) in list(self.there.items()): self.put(name, index, uid=pod["metadata"]["uid"])


FAULTS = [
    "end", "cut", "reset", "half", "half", "error", "repeat", "stale", "text", "gone", "status", "status", "down", "down", "freeze",
    "missed", "missed", "missed", "empty", "broken list", "split", "pace", "skip", "bookmark", "form"]


class Faults:
    """What goes wrong with the API, one thing at a time or several."""

    def __init__(self, cluster, pods, choose):
        self.cluster, self.pods, self.choose = cluster, pods, choose
        self.is_down = self.is_frozen = False
        self.counts = collections.Counter()
        # What is still to come of a shuffled pack of all faults: each is met once before the next pack begins.
        self.pack = []

    def all_met(self):
        return self.counts.keys() == set(FAULTS)

    def change(self):
        choose = self.choose
        if self.is_down:
            self.cluster.do("up")
            self.is_down = False
            return
        if self.is_frozen:
            self.cluster.do("thaw")
            self.is_frozen = False
            return
        # Mostly when there is a watch that it can happen to: what is refused is asked for again after a while.
        if choose.random() < 0.8: self.await_watch()
        if not self.pack: self.pack = choose.sample(FAULTS, len(FAULTS))
        name = self.pack.pop()
        self.counts[name] += 1
        cluster = self.cluster
        if name in ("end", "cut", "reset", "half", "bookmark"): cluster.watches(name)
        elif name == "error": cluster.watches("error", choose.choice([410, 500, 504]))
        elif name in ("repeat", "stale"): cluster.watches(name, 20)
        elif name == "text": cluster.watches("text", "{\"type\":\n")
        elif name == "missed":
            # Things happen while nobody is told, and are forgotten.
            cluster.do("down")
            for _ in range(choose.randrange(1, 6)): self.pods.change()
            cluster.do("compact")
            cluster.do("up")
        elif name == "gone":
            cluster.fault("gone", verb="watch", resource="pods")
            cluster.watches("cut")
        elif name == "status":
            cluster.fault("status", code=choose.choice([401, 403, 410, 429, 500, 503]), resource="pods")
            cluster.watches("cut")
        elif name == "down":
            cluster.do("down", compacts=choose.random() < 0.5)
            self.is_down = True
        elif name == "freeze":
            cluster.do("freeze")
            self.is_frozen = True
        elif name == "empty":
            cluster.fault("empty", verb="list", resource="pods")
            cluster.fault("gone", verb="watch", resource="pods")
            cluster.watches("cut")
        elif name == "broken list":
            cluster.fault(choose.choice(["half", "garbage", "reset"]), verb="list", resource="pods")
            cluster.fault("gone", verb="watch", resource="pods")
            cluster.watches("reset")
        elif name == "split": cluster.set(split=choose.choice([0, 0, 1, 7, 1000]))
        elif name == "pace": cluster.set(pace=choose.choice([0, 0, 0.02]))
        elif name == "skip": cluster.do("skip", count=choose.randrange(1, 50))
        elif name == "form": cluster.set(gone_as=choose.choice(["event", "status"]))

    def await_watch(self):
        try:
            eventually(lambda: self.cluster.is_watched("pods"), timeout=3)
        except AssertionError:
            pass

    def end(self):
        """From now on all is well; what is open is as it is."""
        if self.is_down: self.cluster.do("up")
        self.is_down = self.is_frozen = False
        self.cluster.do("clear")


class Looker(threading.Thread):
    """Looks at the server all the time: the pods that stay must be told, whatever happens to the API."""

    def __init__(self, catalog, pb, pillars):
        super().__init__(daemon=True)
        self.catalog, self.pb, self.pillars = catalog, pb, pillars
        self.findings, self.lists = [], 0
        self.is_over = threading.Event()

    def run(self):
        request = self.pb.ListModelsRequest(page_size=1_000, view=self.pb.FULL)
        while not self.is_over.wait(0.02):
            try:
                there = engines(self.catalog.ListModels(request, timeout=20))
            except grpc.RpcError as error:
                there = {}
                self.findings.append(f"a list was refused: {error.details()}")
            if missing := self.pillars - there.keys(): self.findings.append(f"not listed while they live: {sorted(missing)}")
            self.lists += 1


def engines(answer):
    """State and reason by engine id."""
    return {replica.engine_id: (replica.state, replica.state_reason) for model in answer.models for replica in model.replicas}


class Mirror(threading.Thread):
    """What somebody knows who only watches."""

    def __init__(self, catalog, pb):
        super().__init__(daemon=True)
        self.pb, self.models = pb, {}
        self.stream = catalog.WatchModels(pb.WatchModelsRequest(view=pb.FULL))

    def run(self):
        try:
            for event in self.stream:
                if event.type == self.pb.RESET: self.models = {}
                elif event.type == self.pb.REMOVED: self.models.pop(event.model.id, None)
                elif event.type in (self.pb.ADDED, self.pb.MODIFIED): self.models[event.model.id] = event.model
        except grpc.RpcError:
            pass


@pytest.mark.slow
@pytest.mark.timeout(900 + ROUNDS)
@pytest.mark.parametrize("streams", ["on", "off"])
def test_pods_come_and_go_under_an_api_that_fails(start, connect, pb, note, streams):
    """Half of the rounds each with lists that are streamed and with lists in pages."""
    choose = random.Random(f"{SEED}/{streams}")
    cluster = start.cluster(watch_list=streams)
    simulator = start.simulator(engines=ENGINES, models=1, replicas=1)
    pods = Pods(cluster, simulator, choose)
    faults = Faults(cluster, pods, choose)
    pods.settle()
    server = start.server("--kube-config", cluster.config()).ready()
    catalog = connect(server)

    def told():
        answer = catalog.ListModels(pb.ListModelsRequest(page_size=1_000, view=pb.FULL), timeout=20)
        return engines(answer), list(answer.unreachable)

    def settled():
        there, unreachable = told()
        return not unreachable and {id: state for id, (state, _) in there.items()} == {id: pb.READY for id in pods.ids()}

    eventually(settled, "the pods of the beginning", PATIENCE)
    looker, mirror = Looker(catalog, pb, {pods.id(name) for name in pods.pillars}), Mirror(catalog, pb)
    looker.start()
    mirror.start()
    began, slowest = time.monotonic(), 0.0
    try:
        for round in itertools.count(1):
            for _ in range(choose.choice([1, 1, 1, 2, 4])): pods.change()
            if choose.random() < 0.2: faults.change()
            is_last = round >= ROUNDS // 2 and faults.all_met()
            if round % ROUNDS_TO_SETTLE and not is_last: continue
            faults.end()
            pods.settle()
            since = time.monotonic()
            try:
                eventually(settled, f"all as it is after round {round} of seed {SEED}", PATIENCE)
            except AssertionError as error:
                there, unreachable = told()
                ghosts = {id: there[id] for id in there.keys() - pods.ids()}
                odd = {id: told for id, told in there.items() if told[0] != pb.READY}
                raise AssertionError(
                    f"{error}; ghosts {ghosts}; missing {pods.ids() - there.keys()}; not READY {odd}; unreachable {unreachable}"
                ) from None
            slowest = max(slowest, time.monotonic() - since)
            assert not looker.findings, f"seed {SEED}, until round {round}: {looker.findings[:5]}"
            listed = {replica.engine_id for model in list(mirror.models.values()) for replica in model.replicas}
            assert listed == pods.ids() or eventually(lambda: {
                replica.engine_id for model in list(mirror.models.values()) for replica in model.replicas} == pods.ids())
            if is_last: break
    finally:
        looker.is_over.set()
        mirror.stream.cancel()
        looker.join(30)
    seconds = time.monotonic() - began
    requests = cluster.do("counts")
    note(f"churn of pods, watch list {streams}: {round} rounds in {seconds:.0f} s, seed {SEED}, {sum(faults.counts.values())} faults, settled within "
         f"{slowest:.1f} s, {looker.lists} looks, {requests.get('list pods', 0)} lists and {requests.get('watch pods', 0)} watches of pods")
