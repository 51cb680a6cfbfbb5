"""Clients of a server that is killed all the time: watchers with copies of their own, and a reader."""

import json
import random
import threading
import time

import grpc
import httpx

from crash_ledger import ADDED, MODIFIED, REMOVED, RESET, SYNCED, Copy, Problem
from rollcall.v1 import catalog_pb2 as pb
from rollcall.v1 import catalog_pb2_grpc as services

# What a server that dies or is not there yet looks like.
GONE = {grpc.StatusCode.UNAVAILABLE}
OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.max_receive_message_length", 1 << 26)]
TIMEOUT = 15


def key_of(model):
    return model.namespace, model.id


def content_of(model):
    return model.SerializeToString(deterministic=True)


def fields_of(model):
    """The fields of a model that its JSON has as well."""
    state = pb.ModelState.Name(model.state)
    return model.etag, state, dict(model.labels), model.ready_replicas, model.total_replicas


def fields_of_json(content):
    entry = json.loads(content)
    return entry["etag"], entry["state"], entry["labels"], entry["ready_replicas"], entry["total_replicas"]


class Observer(threading.Thread):
    """A thread that does one thing again and again until it is stopped or finds a problem."""

    def __init__(self, name, world):
        super().__init__(name=name, daemon=True)
        self.world, self.ledger = world, world.ledger
        self.choose = random.Random(f"{world.seed}/{name}")
        self.channel = grpc.insecure_channel(world.address, options=OPTIONS)
        self.catalog = services.ModelCatalogStub(self.channel)

    def run(self):
        while not self.world.is_over.is_set():
            try:
                self.turn()
            except grpc.RpcError as error:
                self.failed(error)
            except httpx.TransportError:
                time.sleep(0.02)
            except Problem as problem:
                return self.report(str(problem))
            except Exception as error:  # a mistake here must not look like success
                return self.report(f"{self.name}: {error!r}")

    def report(self, problem):
        # Whatever is cut short at the end of the run is none.
        if not self.world.is_over.is_set():
            self.world.report(problem)

    def failed(self, error, expected=GONE, what=""):
        self.world.count(what + error.code().name)
        # What the store remembers is listed at once.
        if error.code() not in expected or "not complete" in (error.details() or ""):
            self.report(f"{self.name}: {error.code().name}: {error.details()}")
        time.sleep(0.02)

    def stop(self):
        """From another thread, when the run is over."""
        self.channel.close()

    def list(self, revision=0, namespace=""):
        """The whole list in one page; it waits until a server is there."""
        request = pb.ListModelsRequest(page_size=10_000, at_revision=revision, namespace=namespace)
        answer = self.catalog.ListModels(request, timeout=TIMEOUT, wait_for_ready=True)
        if answer.next_page_token or answer.total_size != len(answer.models):
            raise Problem(f"{self.name}: {len(answer.models)} of {answer.total_size} models in the whole list")
        if revision and answer.revision != revision:
            raise Problem(f"{self.name}: asked for revision {revision} and was told {answer.revision}")
        for model in answer.models:
            self.ledger.saw_model("proto", key_of(model), model.revision, content_of(model))
        return answer


class Reader(Observer):
    """Asks for the list all the time: every acknowledged write must be in it, and its revision never goes back."""

    def turn(self):
        promised, highest = self.ledger.promised(), self.ledger.highest
        answer = self.list()
        if answer.revision < highest:
            raise Problem(f"the list has revision {answer.revision}, but {highest} was seen before")
        self.ledger.saw_revision(answer.revision)
        for model in answer.models:
            self.ledger.check_label(key_of(model), model.labels.get("n"), promised, f"the list at {answer.revision}")
        self.world.count("lists")
        time.sleep(0.02)


class Watcher(Observer):
    """Keeps a copy by resuming its watch, also when the server was not killed."""

    def __init__(self, name, world, form, namespace=""):
        super().__init__(name, world)
        self.namespace = namespace
        self.copy = Copy(name, self.ledger, form, complete=not namespace)
        # How often a stream was synced.
        self.synced = 0

    def turn(self):
        self.copy.connected()
        cut_after = int(self.choose.expovariate(1 / 200)) + 1
        for number, event in enumerate(self.events()):
            if number == 0 and self.copy.cursor:
                self.world.count("resumes")
            self.copy.take(*event)
            if event[0] == SYNCED:
                self.compare()
                self.synced += 1
            elif self.copy.is_whole() and self.choose.random() < 0.01:
                self.compare()
            if number >= cut_after or self.world.is_over.is_set():
                return self.cut()

    def compare(self):
        """To a fresh list at the same revision; a server that is killed meanwhile takes the chance away."""
        try:
            answer = self.list(self.copy.cursor, self.namespace)
        except grpc.RpcError as error:
            return self.failed(error)
        self.compare_to(answer)
        self.copy.check_gaps()
        promised = self.ledger.promised(self.copy.cursor)
        for model in answer.models:
            self.ledger.check_label(key_of(model), model.labels.get("n"), promised, f"the list at {self.copy.cursor}")


class GRPCWatcher(Watcher):
    KINDS = {pb.ADDED: ADDED, pb.MODIFIED: MODIFIED, pb.REMOVED: REMOVED, pb.SYNCED: SYNCED, pb.RESET: RESET}
    call = None

    def __init__(self, name, world, namespace=""):
        super().__init__(name, world, "proto", namespace)

    def events(self):
        request = pb.WatchModelsRequest(start_revision=self.copy.cursor, namespace=self.namespace)
        self.call = self.catalog.WatchModels(request, wait_for_ready=True)
        for event in self.call:
            kind = self.KINDS[event.type]
            if kind in (SYNCED, RESET):
                yield kind, event.revision
            elif kind == REMOVED:
                yield kind, event.revision, key_of(event.model)
            else:
                yield kind, event.revision, key_of(event.model), content_of(event.model), event.model.revision

    def cut(self):
        if self.call:
            self.call.cancel()

    def compare_to(self, answer):
        self.copy.compare({key_of(model): content_of(model) for model in answer.models})


class SSEWatcher(Watcher):
    """The same by server-sent events over HTTP/1.1."""

    response = None

    def __init__(self, name, world):
        super().__init__(name, world, "json")
        self.client = httpx.Client(base_url=f"http://{world.address}", timeout=httpx.Timeout(60))

    def events(self):
        headers = {"last-event-id": str(self.copy.cursor)} if self.copy.cursor else {}
        with self.client.stream("GET", "/v1/models", params={"watch": "true"}, headers=headers) as response:
            self.response = response
            if response.status_code != 200:
                raise Problem(f"{self.name}: status {response.status_code}")
            event = {}
            for line in response.iter_lines():
                if line:
                    field, _, value = line.partition(":")
                    event[field] = value.removeprefix(" ")
                elif "data" in event:
                    yield self.parsed(event)
                    event = {}

    def parsed(self, event):
        data = json.loads(event["data"])
        kind, revision = event["event"], int(event.get("id") or 0)
        if kind != data["type"] or revision != data["revision"]:
            raise Problem(f"{self.name}: {event}")
        if kind in (SYNCED, RESET):
            return kind, revision
        key = data["model"]["namespace"], data["model"]["id"]
        if kind == REMOVED:
            return kind, revision, key
        return kind, revision, key, json.dumps(data["model"], sort_keys=True)

    def cut(self):
        """Leaving the loop closes the response."""

    def compare_to(self, answer):
        self.copy.compare({key_of(model): fields_of(model) for model in answer.models}, fields_of_json)
