"""A simulated fleet of 100,000 models with labels and parents, and servers that know it, for the query benches."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Clients"))
import contract

SERVER_CORE, CLIENT_CORE = "0", "1"
# 90 base models and 10 adapters to an engine.
MODELS_PER_ENGINE = 100
# Of clock ids that Linux makes from process ids.
CPUCLOCK_SCHED = 2
TEAMS, TIERS = 50, ["gold", "silver", "iron"]


def progress(text):
    print(f"== {time.strftime('%T')} {text}", file=sys.stderr, flush=True)


def labels(engine):
    return {"team": f"team-{engine % TEAMS:02}", "tier": TIERS[engine % len(TIERS)]}


class Process:
    def __init__(self, name, directory, *command, core=SERVER_CORE):
        self.name, self.log = name, directory / f"{name}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(["taskset", "-c", core, *map(str, command)], stdout=log, stderr=log)

    def wait_for(self, pattern, timeout=120):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.child.poll() is None:
            if match := re.search(pattern, self.log.read_text(errors="replace")):
                return match[1]
            time.sleep(0.05)
        sys.exit(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def cpu(self):
        """Seconds that all threads have computed so far, to the nanosecond: the clock of another process."""
        return time.clock_gettime(~self.child.pid << 3 | CPUCLOCK_SCHED)

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Fleet(Process):
    """The engines, off the servers' core."""

    def __init__(self, directory, models):
        self.models = models
        super().__init__(
            "simulate", directory, os.environ["ROLLCALL_BIN"], "simulate", "--engines", models // MODELS_PER_ENGINE,
            "--models", MODELS_PER_ENGINE * 9 // 10, "--adapters", MODELS_PER_ENGINE // 10, "--replicas", 1,
            "--listen", "127.0.0.1:0", core=CLIENT_CORE)
        control = self.wait_for(r"controlled at (http://[0-9.:]+)")
        engines = json.load(urllib.request.urlopen(f"{control}/_simulate/engines"))["engines"]
        lines = ["engines:"]
        for number, engine in enumerate(engines):
            lines += [f"  - url: {engine['url']}", f"    id: engine-{number:04}", f"    labels: {json.dumps(labels(number))}"]
        self.config = directory / "engines.yaml"
        self.config.write_text("\n".join(lines) + "\n")


class Server(Process):
    """A server that has seen the whole fleet, and asks it no more."""

    def __init__(self, name, directory, fleet, *options):
        super().__init__(
            name, directory, os.environ["ROLLCALL_BIN"], "serve", "--listen", "127.0.0.1:0", "--config", fleet.config,
            "--in-memory", "--probe-interval", "1h", "--probe-timeout", "1m", "--threads", 1, "--log-level", "error", *options)
        self.url = self.wait_for(r"listening on (http://[0-9.:]+)")
        self.address = self.url.removeprefix("http://")
        while self.count() != fleet.models:
            time.sleep(0.5)

    def count(self):
        try:
            return sum(float(value) for value in re.findall(r"(?m)^rollcall_models\{[^}]*\} (\S+)$", self.metrics()))
        except urllib.error.URLError:
            return 0

    def metrics(self):
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:
            return answer.read().decode()


class Catalog:
    """Calls of one connection, whose answers are left packed so that their reader costs little."""

    def __init__(self, server):
        from rollcall.v1 import admin_pb2, admin_pb2_grpc, catalog_pb2

        self.pb, self.admin_pb = catalog_pb2, admin_pb2
        self.channel = grpc.insecure_channel(
            server.address,
            options=[("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)])
        service = "/rollcall.v1.ModelCatalog/"
        self.list_packed = self.channel.unary_unary(
            service + "ListModels", request_serializer=catalog_pb2.ListModelsRequest.SerializeToString)
        self.watch = self.channel.unary_stream(
            service + "WatchModels", request_serializer=catalog_pb2.WatchModelsRequest.SerializeToString,
            response_deserializer=catalog_pb2.WatchModelsResponse.FromString)
        self.diff = self.channel.unary_unary(
            service + "DiffModels", request_serializer=catalog_pb2.DiffModelsRequest.SerializeToString,
            response_deserializer=catalog_pb2.DiffModelsResponse.FromString)
        self.admin = admin_pb2_grpc.CatalogAdminStub(self.channel)
        self.changes = 0

    def list(self, **request):
        return self.pb.ListModelsResponse.FromString(self.list_packed(self.pb.ListModelsRequest(**request)))

    def change(self, *ids):
        """A new revision that no query of the benches tells from the one before: declares something for models."""
        self.changes += 1
        revision = 0
        # So many at once as a server takes.
        for some in (ids[start:start + 256] for start in range(0, len(ids), 256)):
            calls = [
                self.admin.SetModelLabels.future(
                    self.admin_pb.SetModelLabelsRequest(id=id, labels={"n": str(self.changes)})) for id in some]
            revision = max(call.result().revision for call in calls)
        return revision

    def whole(self):
        """Every model, page by page."""
        models, token = [], ""
        while True:
            page = self.list(page_size=10_000, page_token=token)
            models += page.models
            if not (token := page.next_page_token):
                return models


def generate_stubs(directory):
    (directory / "stubs").mkdir()
    contract.generate(directory / "stubs")
