"""The campaign behind scripts/campaign: breaks a simulated fleet in every way, and checks what its watchers receive."""

import argparse
import json
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time

import grpc
import httpx

import campaign_engine_pairs
import campaign_pairs
import campaign_promises
import campaign_sources
import campaign_truth as truth
import contract
import harness

# A watcher that reconnects does so after so many events, on average.
EVENTS_PER_CONNECTION = 20
# Seconds by which an answer may be late on a busy machine, beside the time for which this process was held up itself.
SLACK = 2.0
# An engine that is busy and does not answer keeps its state for a minute (campaign_promises measures that).
NEED_IDLE = "hang", "slow"


class Heartbeat(threading.Thread):
    """How long this machine holds up a thread that wants to run."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst = 0.0
        self.start()

    def run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.05)
            self.worst = max(self.worst, time.monotonic() - before - 0.05)


class Looker(threading.Thread):
    """A thread that looks at the server again and again, until it is stopped; its errors are findings."""

    def __init__(self, name, campaign):
        super().__init__(name=name, daemon=True)
        self.campaign = campaign
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            try:
                self.turn()
            except Exception as error:
                if not self.is_over.is_set():
                    self.campaign.find(f"{self.name}: {error!r}")
                    time.sleep(0.5)


class Watcher(Looker):
    """Keeps a copy of the list by a watch; `reconnects`: resumes all the time."""

    def __init__(self, name, campaign, view, reconnects=False):
        super().__init__(name, campaign)
        self.view, self.reconnects = view, reconnects
        self.copy, self.fresh, self.cursor = {}, None, 0
        self.choose = random.Random(f"{campaign.seed}/{name}")
        self.lock = threading.Lock()

    def turn(self):
        pb = self.campaign.pb
        stream = self.campaign.catalog.WatchModels(pb.WatchModelsRequest(view=self.view, start_revision=self.cursor))
        left = self.choose.expovariate(1 / EVENTS_PER_CONNECTION) + 1 if self.reconnects else float("inf")
        if not self.cursor: self.fresh = {}
        for event in stream:
            self.take(pb.WatchEventType.Name(event.type), event.revision, event.model)
            left -= 1
            if left < 0 or self.is_over.is_set():
                stream.cancel()
                return

    def take(self, kind, revision, model):
        now = time.monotonic()
        with self.lock:
            into = self.copy if self.fresh is None else self.fresh
            if kind == "RESET":
                self.fresh, self.cursor = {}, 0
                return
            if kind == "REMOVED":
                into.pop(model.id, None)
            elif kind in ("ADDED", "MODIFIED"):
                into[model.id] = model.etag
                self.saw(now, model)
            elif kind == "SYNCED" and self.fresh is not None:
                self.copy, self.fresh = self.fresh, None
            self.cursor = revision or self.cursor

    def saw(self, now, model):
        """A model of an event."""

    def snapshot(self):
        with self.lock:
            return dict(self.copy)


class Eye(Watcher):
    """Records the state of each replica, and when it was received."""

    def __init__(self, campaign):
        super().__init__("the watcher in view FULL", campaign, campaign.pb.FULL)
        self.states = {}

    def saw(self, now, model):
        name = self.campaign.pb.ModelState.Name
        for replica in model.replicas:
            state, key = name(replica.state), (model.id, replica.engine_id)
            self.states.setdefault(key, truth.Line(state, now)).add(now, state)


class EventWatcher(Watcher):
    """The same by server-sent events."""

    def __init__(self, campaign):
        super().__init__("the watcher by server-sent events", campaign, None)

    def turn(self):
        headers = {"last-event-id": str(self.cursor)} if self.cursor else {}
        if not self.cursor: self.fresh = {}
        url = f"{self.campaign.server.url}/v1/models?watch=true"
        with httpx.stream("GET", url, headers=headers, timeout=60) as response:
            for line in response.iter_lines():
                if self.is_over.is_set():
                    return
                if line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    model = argparse.Namespace(**{"etag": "", **event.get("model", {})})
                    self.take(event["type"], event["revision"], model)


class Poller(Looker):
    """Asks for the whole list all the time."""

    def __init__(self, campaign, source):
        super().__init__(f"lists by {source}", campaign)
        self.source = source
        self.count = 0

    def turn(self):
        began = time.monotonic()
        listed = self.campaign.list_rest() if self.source == "REST" else self.campaign.list_grpc()
        findings = self.campaign.truth.findings(self.source, began, time.monotonic(), listed)
        for finding in findings: self.campaign.find(finding)
        self.count += 1
        time.sleep(0.05)


class Campaign:
    def __init__(self, directory, seed, engines=12, settings=truth.Settings(), source="static"):
        from rollcall.v1 import catalog_pb2, catalog_pb2_grpc

        self.pb, self.seed, self.settings = catalog_pb2, seed, settings
        self.choose = random.Random(seed)
        self.known = truth.faults(settings, campaign_sources.KINDS[source].delay)
        self.findings = []
        # By name: the seconds until the beginning and the end of a fault were listed, and those that are promised.
        self.figures, self.promised = {}, {}
        self.notes = []
        self.heartbeat = Heartbeat()
        self.directory = pathlib.Path(directory)
        self.fleet = harness.Simulator(self.directory, engines=engines, models=1, adapters=1, replicas=2)
        self.engines = self.fleet.engines()
        s = settings
        probing = [
            "--probe-timeout", f"{s.timeout}s", "--stall-after", f"{s.stall_after}s", "--proof-of-life",
            f"{s.proof_of_life}s", "--proof-timeout", f"{s.proof_timeout}s"]
        interval = f"{s.interval}s"
        places = [engine["url"].removeprefix("http://") for engine in self.engines]
        self.source = campaign_sources.KINDS[source](self.directory, places, (probing, interval))
        self.ids = self.source.ids
        self.server = harness.Server(
            self.directory, *self.source.arguments(), *probing, interval=interval, through=self.source.through())
        self.source.started(self.server)
        self.server.ready()
        self.channel = grpc.insecure_channel(self.server.address)
        self.catalog = catalog_pb2_grpc.ModelCatalogStub(self.channel)
        start = time.monotonic()
        self.modes = [truth.Line("ok", start) for _ in self.engines]
        models = {}
        for engine in self.engines:
            for id in engine["models"] + engine["adapters"]:
                models.setdefault(id, []).append(self.modes[engine["index"]])
        self.truth = truth.ListTruth(models, {}, self.known, SLACK)
        self.eye = Eye(self)
        self.watchers = [
            self.eye, Watcher("the watcher", self, self.pb.BASIC),
            Watcher("the watcher that reconnects", self, self.pb.BASIC, reconnects=True), EventWatcher(self)]
        self.pollers = [Poller(self, "REST"), Poller(self, "gRPC")]
        for looker in self.watchers + self.pollers: looker.start()
        self.settle("the start")

    def stop(self):
        for looker in self.watchers + self.pollers: looker.is_over.set()
        self.channel.close()
        self.server.stop()
        self.source.stop()
        self.fleet.stop()

    def find(self, finding):
        if finding not in self.findings:
            self.findings.append(finding)
            progress(f"FOUND: {finding}")

    @property
    def slack(self):
        return SLACK + 2 * self.heartbeat.worst

    # What is asked for.

    def list_rest(self):
        answer = httpx.get(f"{self.server.url}/v1/models", timeout=10).raise_for_status().json()
        return {model["id"]: model["state"] for model in answer["data"]}

    def list_grpc(self):
        answer = self.catalog.ListModels(self.pb.ListModelsRequest(page_size=10_000), timeout=10)
        return {model.id: self.pb.ModelState.Name(model.state) for model in answer.models}

    def etags(self):
        answer = self.catalog.ListModels(self.pb.ListModelsRequest(page_size=10_000), timeout=10)
        return {model.id: model.etag for model in answer.models}

    # What is done.

    def set(self, index, mode):
        """Puts an engine into a mode, and writes down when it began to change and when it had."""
        before = self.modes[index].now
        self.truth.slack = self.slack
        if mode == "draining" or before == "draining":
            self.source.drain(index, mode == "draining")
        if mode != "draining":
            more = {"delay_ms": 10_000} if mode == "slow" else {}
            self.fleet.set(index, mode, **more)
        self.modes[index].add(time.monotonic(), mode)

    def end_work(self, indexes):
        """Ends the work of engines for a moment that is too short for a proof of life, and lets the server see that."""
        for index in indexes: self.fleet.set(index, "frozen")
        time.sleep(self.settings.probe())

    def lines(self, index):
        """The listed states of an engine's replicas, adapters aside."""
        states = list(self.eye.states.items())
        return [line for (model, engine), line in states if engine == self.ids[index] and model in self.truth.models]

    def told(self, index):
        return {line.now for line in self.lines(index)}

    def wait(self, index, states, limit, since=None):
        """Seconds until all replicas of an engine are listed in one of the states; None when it takes too long."""
        since = since or time.monotonic()
        while not (told := self.told(index)) or not told <= states:
            if time.monotonic() - since > limit + self.slack:
                return None
            time.sleep(0.01)
        return max(0.0, max(line.since for line in self.lines(index)) - since)

    def settle(self, what):
        """All is well, and every watcher has the list."""
        for index in range(len(self.engines)):
            if self.wait(index, {truth.READY}, 2 * self.known["frozen"].ended) is None:
                self.find(f"after {what}: {self.ids[index]} is {self.told(index)}, not READY")
        for watcher in self.watchers:
            deadline = time.monotonic() + 5 + self.slack
            while watcher.snapshot() != (wanted := self.etags()):
                if time.monotonic() > deadline:
                    have = watcher.snapshot()
                    odd = {id for id in have.keys() | wanted.keys() if have.get(id) != wanted.get(id)}
                    self.find(f"after {what}: {watcher.name} differs from the list in {sorted(odd)}")
                    break
                time.sleep(0.05)

    def measure(self, fault, indexes=None, before=()):
        """One fault of one engine or several at once, from beginning to end."""
        indexes = indexes or [self.choose.randrange(len(self.engines))]
        name = fault if len(indexes) == 1 else f"half the fleet {fault}"
        name = " then ".join([*before, name])
        for first in before:
            for index in indexes: self.set(index, first)
            for index in indexes: self.wait(index, self.known[first].states, self.known[first].told)
        if fault in NEED_IDLE: self.end_work(indexes)
        known = self.known[fault]
        told, ended = self.figures.setdefault(name, ([], []))
        self.promised[name] = known.told, known.ended
        for mode, states, limit, times in [(fault, known.states, known.told, told), ("ok", {truth.READY}, known.ended, ended)]:
            since = {index: (time.monotonic(), self.set(index, mode))[0] for index in indexes}
            for index in indexes:
                seconds = self.wait(index, states, limit, since[index])
                if seconds is None:
                    late = limit + self.slack
                    self.find(f"{name}: {self.ids[index]} is {self.told(index)} {late:.1f} s after it was {mode}")
                else:
                    times.append(seconds)
            # Not always at the same place of the interval.
            time.sleep(self.choose.uniform(0, self.settings.interval))

    def adapters(self):
        """An adapter is loaded into an engine that runs, and unloaded again; another is lost by a restart."""
        index = self.choose.randrange(len(self.engines))
        for end in ("unload", "restart"):
            id = f"adapter-{self.choose.randrange(10**9)}"
            line = self.truth.adapters[id] = truth.Line(False, time.monotonic())
            self.post(index, "load_lora_adapter", {"lora_name": id, "lora_path": f"/adapters/{id}"})
            line.add(time.monotonic(), True)
            self.await_list("adapter loaded", lambda: id in self.list_rest())
            if end == "unload":
                self.post(index, "unload_lora_adapter", {"lora_name": id})
            else:
                self.set(index, "restart")
                self.modes[index].add(time.monotonic(), "ok")
            line.add(time.monotonic(), False)
            what = "adapter unloaded" if end == "unload" else "adapter lost by a restart"
            self.await_list(what, lambda: id not in self.list_rest())

    def post(self, index, path, body):
        httpx.post(f"{self.engines[index]['url']}/v1/{path}", json=body, timeout=10).raise_for_status()

    def await_list(self, name, check):
        began, limit = time.monotonic(), self.known["restart"].told
        while not check():
            if time.monotonic() - began > limit + self.slack:
                return self.find(f"{name}: not told within {limit + self.slack:.1f} s")
            time.sleep(0.01)
        self.figures.setdefault(name, ([], []))[0].append(time.monotonic() - began)
        self.promised[name] = limit, None

    def mixture(self, seconds):
        """Anything, at any time, to anyone."""
        faults = [fault for fault in self.known if fault not in ("loading", "draining", "restart")]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            index = self.choose.randrange(len(self.engines))
            is_well = self.modes[index].now == "ok"
            fault = self.choose.choice(faults) if is_well and self.choose.random() < 0.7 else "ok"
            if fault in NEED_IDLE: self.end_work([index])
            self.set(index, fault)
            time.sleep(self.choose.expovariate(2))
        for index in range(len(self.engines)):
            if self.modes[index].now != "ok": self.set(index, "ok")

    def run(self, rounds, minutes, faults=None, promises=False):
        """Rounds of single faults, then a mixture. `promises`: with the cases of campaign_promises beside them."""
        if not promises: return self.go(rounds, minutes, faults)
        beside = campaign_promises.Promises(self.directory / "promises", self.seed, self.heartbeat)
        try:
            self.go(rounds, minutes, faults)
            progress("waiting for the promises")
            for finding in beside.finish(): self.find(finding)
        finally:
            beside.stop()
        for name, figures, promised in beside.figures(): self.figures[name], self.promised[name] = figures, promised
        self.notes += [
            f"From {beside.cases[0].name} on: {campaign_promises.SETTINGS.words()}; {len(beside.cases)} engines of another server, "
            f"whose clock jumped {beside.jumps.count} times", f"There a change is late {campaign_promises.SLACK:g} s after its time."]
        return self.findings

    def go(self, rounds, minutes, faults):
        single = ["gone", "hang", "slow", "failing", "unhealthy", "garbage", "truncated", "huge", "asleep", "frozen", "stuck"]
        half = list(range(len(self.engines) // 2))
        for number in range(rounds):
            progress(f"round {number + 1} of {rounds}")
            for fault in faults or single: self.measure(fault)
            if self.source.can_drain: self.measure("draining")
            self.measure("loading", before=["gone"])
            self.adapters()
            self.measure("gone", indexes=half)
            self.settle(f"round {number + 1}")
        if minutes:
            progress(f"a mixture for {minutes:g} min")
            self.mixture(minutes * 60)
            self.settle("the mixture")
        self.check_history()
        return self.findings

    def pairs(self):
        """Two troubles of one source or engine at once, each pair on a server of its own; to be called when this one has stopped."""
        for kind in campaign_pairs.KINDS + campaign_engine_pairs.KINDS:
            if not campaign_pairs.can_run(kind):
                progress(f"{kind.name}: not here, a name server needs root and dnsmasq")
                continue
            progress(kind.name)
            place = self.directory / kind.__name__
            place.mkdir()
            pair = kind(place)
            for finding in pair.run(): self.find(finding)
            self.figures[kind.name] = (pair.told, pair.ended)
        return self.findings

    def check_history(self):
        end = time.monotonic()
        for (model, engine), states in list(self.eye.states.items()):
            if model not in self.truth.models: continue
            modes = self.modes[self.ids.index(engine)]
            name = f"{model} on {engine}"
            for finding in truth.replica_findings(name, modes, states, self.known, self.slack, end): self.find(finding)

    def table(self):
        s = self.settings
        lines = [
            f"{s.words()}; {len(self.engines)} engines, seed {self.seed}",
            f"{sum(poller.count for poller in self.pollers)} lists; threads here were held up by {self.heartbeat.worst:.2f} s at most",
            f"A change is late {SLACK:g} s, and twice the time for which threads here were held up, after its time.", *self.notes,
            "", f"{'fault':26} {'times':>5}  {'told after s':^23}  {'ended after s':^23}".rstrip(),
            f"{'':26} {'':5}" + f"  {'within':>7} {'median':>7} {'max':>7}" * 2]
        for name, (told, ended) in self.figures.items():
            within = self.promised.get(name, (None, None))
            lines.append(f"{name:26} {len(told) or '-':>5}  {span(within[0], told)}  {span(within[1], ended)}".rstrip())
        return "\n".join(lines)


def span(within, times):
    measured = [statistics.median(times), max(times)] if times else [None, None]
    return " ".join(f"{'-':>7}" if number is None else f"{number:7.2f}" for number in [within, *measured])


def progress(text):
    print(f"== {time.strftime('%T')} {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/campaign", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each fault is made (default: 5)")
    parser.add_argument("--minutes", type=float, default=1.0, help="of random faults after that (default: 1)")
    parser.add_argument("--engines", type=int, default=12, help="simulated engines (default: 12)")
    parser.add_argument("--interval", type=float, default=1.0, help="the probe interval in seconds (default: 1)")
    parser.add_argument(
        "--source", choices=campaign_sources.KINDS, default="static", help="how the server hears of the engines")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31), help="of what is chosen by chance")
    options = parser.parse_args()
    if not harness.BINARY: parser.error("ROLLCALL_BIN must name the rollcall executable")
    if not campaign_sources.can_run(options.source): parser.error(f"--source {options.source} needs root")
    with tempfile.TemporaryDirectory(prefix="campaign-") as directory:
        contract.generate(directory)
        settings = truth.Settings(interval=options.interval, timeout=options.interval / 2)
        campaign = Campaign(directory, options.seed, options.engines, settings, options.source)
        try:
            # What follows does not depend on the source.
            findings = campaign.run(options.rounds, options.minutes, promises=options.source == "static")
        finally:
            campaign.stop()
        if options.source == "static": findings = campaign.pairs()
        print(campaign.table())
    print("\n" + "\n".join(findings or ["nothing was told otherwise than it was"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
