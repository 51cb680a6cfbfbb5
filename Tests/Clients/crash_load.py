"""What keeps a server busy while it is killed: engines that change, and writes."""

import threading
import time
import zlib

import grpc
import httpx

from crash_ledger import Problem
from crash_watchers import GONE, TIMEOUT, Observer, content_of, key_of
from rollcall.v1 import admin_pb2, admin_pb2_grpc

# What a write may be answered besides. A model may go while it is labelled: NOT_FOUND tells that of it, not of the write.
ANSWERS = GONE | {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED}


class Writer(Observer):
    """Writes the label `n` of its share of the models, counting up, and remembers what was acknowledged."""

    def __init__(self, name, world, share, of):
        super().__init__(name, world)
        self.share, self.of = share, of
        self.admin = admin_pb2_grpc.CatalogAdminStub(self.channel)
        self.tags = {}

    def turn(self):
        self.world.may_load.wait(1)
        if not self.world.may_load.is_set():
            return
        for key in self.mine():
            if self.world.is_over.is_set() or not self.world.may_load.is_set():
                return
            self.write(key)

    def mine(self):
        keys = {key_of(model) for model in self.list().models} | set(self.ledger.promised())
        mine = [key for key in sorted(keys) if zlib.crc32("/".join(key).encode()) % self.of == self.share]
        self.choose.shuffle(mine)
        return mine[:20]

    def write(self, key):
        number = self.ledger.attempt(key)
        labels = {"n": str(number), **({"by": self.name} if number % 2 else {})}
        etag = self.tags.get(key, "") if self.choose.random() < 0.2 else ""
        request = admin_pb2.SetModelLabelsRequest(namespace=key[0], id=key[1], labels=labels, etag=etag)
        try:
            model = self.admin.SetModelLabels(request, timeout=TIMEOUT, wait_for_ready=self.choose.random() < 0.5)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.ABORTED:
                self.ledger.refuse(key, number)
            return self.failed(error, ANSWERS, "write ")
        if key_of(model) != key or any(model.labels.get(name) != value for name, value in labels.items()):
            raise Problem(f"{self.name}: wrote {labels} to {key}, which was answered with {model}")
        self.ledger.saw_model("proto", key, model.revision, content_of(model))
        self.ledger.acknowledge(key, number, model.revision)
        self.tags[key] = model.etag


class Mischief(threading.Thread):
    """Engines come and go, sleep and fail, load and unload adapters."""

    MODES = ["ok", "ok", "ok", "gone", "asleep", "unhealthy", "failing"]
    ADAPTERS = [f"extra-{number}" for number in range(4)]

    def __init__(self, world, simulator, choose):
        super().__init__(name="mischief", daemon=True)
        self.world, self.simulator, self.choose = world, simulator, choose
        self.urls = simulator.urls()
        self.loaded = set()
        self.client = httpx.Client(timeout=5)

    def run(self):
        while not self.world.is_over.is_set():
            self.world.may_load.wait(1)
            if not self.world.may_load.is_set():
                continue
            index = self.choose.randrange(len(self.urls))
            try:
                if self.choose.random() < 0.4:
                    self.simulator.set(index, self.choose.choice(self.MODES))
                else:
                    self.toggle(index, self.choose.choice(self.ADAPTERS))
                self.world.count("engine changes")
            except httpx.HTTPError:
                pass  # an engine that is away takes no adapters
            time.sleep(self.choose.expovariate(50))

    def stop(self):
        """It ends by itself."""

    def toggle(self, index, adapter):
        if (index, adapter) in self.loaded:
            self.post(index, "unload", {"lora_name": adapter})
            self.loaded.discard((index, adapter))
        else:
            self.post(index, "load", {"lora_name": adapter, "lora_path": f"/adapters/{adapter}"})
            self.loaded.add((index, adapter))

    def post(self, index, verb, body):
        self.client.post(f"{self.urls[index]}/v1/{verb}_lora_adapter", json=body).raise_for_status()

    def make_good(self):
        """Every engine is there and has every adapter."""
        self.simulator.set("all", "ok")
        for index in range(len(self.urls)):
            for adapter in self.ADAPTERS:
                if (index, adapter) not in self.loaded:
                    self.toggle(index, adapter)
