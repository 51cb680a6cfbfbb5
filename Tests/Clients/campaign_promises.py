"""The times that Fleet.docc/States.md promises, on the real program: one server, and an engine for each trouble, side by side."""

import json
import random
import threading
import time

import httpx

import campaign_truth as truth
import harness
import moving_clock
from harness import HANG

READY, LOADING, FAILED, UNREACHABLE = "READY", "LOADING", "FAILED", "UNREACHABLE"
# Seconds by which a change may be late beside its promise, because the interval has a jitter of a tenth and the machine is busy.
SLACK = 1.0
# One late answer of an engine in this process is not to count as lost: the time-out is long.
SETTINGS = truth.Settings(timeout=1.0, stall_after=4.0, proof_of_life=8.0)
# Probes in a row that must fail, and seconds for which an engine may say "not now": the defaults of the server.
FALL, HOLD = 2, 60.0
# Seconds for which an engine is away: longer than a minute.
AWAY = 62.0

NOT_NOW = (429, {"error": "too many requests"}, {"retry-after": "1"})
NOT_NOW_503 = (503, {"error": "overloaded"}, {"retry-after": "1"})
GATEWAY = (503, "upstream connect error or disconnect/reset before headers")
LOADING_MODEL = (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})
INTERNAL_ERROR = (500, {"error": "EngineCore encountered an issue"})
COMPLETION = (200, {"object": "text_completion", "choices": [{"text": "1"}]})
EMBEDDING = (200, {"object": "list", "data": [{"embedding": [0.5]}]})


def metrics(running):
    """Of a vLLM whose tokens stand still."""
    return 200, f"vllm:num_requests_running {running}\nvllm:generation_tokens_total 100\nvllm:prompt_tokens_total 100\n"


OLLAMA_LOADED = "/api/ps"


def ollama(loaded, cold):
    """An Ollama with two models."""
    ids = [loaded, cold]
    return harness.Engine(
        [harness.card(id, owned_by="library") for id in ids],
        answers={
            "/api/version": (200, {"version": "0.9.0"}),
            "/api/tags": (200, {"models": [{"name": id, "digest": "0123456789abcdef" * 4, "size": 1} for id in ids]}),
            OLLAMA_LOADED: (200, {"models": [{"name": loaded, "context_length": 4096, "size_vram": 1}]})})


class Feed(threading.Thread):
    """What a watcher receives: for each model the time, state, reason and ETag of each change."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.url, self.changes, self.error = server.url, {}, None
        self.start()

    def run(self):
        try:
            with httpx.stream("GET", f"{self.url}/v1/models?watch=true&view=full", timeout=None) as response:
                for line in response.iter_lines():
                    if line.startswith("data: "): self.take(json.loads(line.removeprefix("data: ")))
            self.error = "the watch has ended"
        except Exception as error:
            self.error = repr(error)

    def take(self, event):
        now = time.monotonic()
        if event["type"] == "RESET": self.error = "RESET"
        if model := event.get("model"):
            replica = model["replicas"][0] if model.get("replicas") else {"state": event["type"]}
            change = now, replica["state"], replica.get("state_reason", ""), model.get("etag")
            self.changes.setdefault(model["id"], []).append(change)

    def state(self, id):
        return self.changes[id][-1][1] if id in self.changes else None


class Case(threading.Thread):
    """One trouble of one engine, from its beginning to its end."""

    name = ""
    # Seconds until it is listed, and until READY is listed after its end, as promised; None: it is not to be listed at all.
    told = ended = None
    # How many engines have it, each at another place of its interval.
    engines = 2

    def __init__(self, world, number):
        super().__init__(daemon=True)
        self.world, self.id = world, f"{type(self).__name__}-{number}"
        self.engine = self.make()
        # Seconds until the trouble and its end were listed.
        self.figures = ([], [])

    def make(self):
        return harness.Engine(
            [harness.card(self.id, owned_by="vllm", max_model_len=4096)],
            answers={"/metrics": metrics(0), "/v1/completions": COMPLETION})

    def run(self):
        try:
            time.sleep(self.world.choose.uniform(0, SETTINGS.interval))
            self.go()
        except Exception as error:
            self.find(repr(error))

    def go(self):
        raise NotImplementedError

    def find(self, finding):
        self.world.findings.append(f"{self.name} ({self.id}): {finding}")

    def become(self, state, promised, begin, into=None):
        """Begins something, and waits until its state is listed; the seconds that it took go into a list."""
        since = time.monotonic()
        begin()
        limit = promised + SLACK + 2 * self.world.heartbeat.worst
        while (now := self.world.feed.state(self.id)) != state:
            if time.monotonic() - since > limit:
                return self.find(f"{now} and not {state} {limit:.1f} s later; promised are {promised:g} s")
            time.sleep(0.01)
        if into is not None: into.append(max(0.0, self.changes()[-1][0] - since))

    def changes(self):
        return self.world.feed.changes[self.id]

    def hold(self, state, seconds):
        """Waits, and finds every other state that is listed meanwhile."""
        before = len(self.changes())
        time.sleep(seconds)
        if odd := {change[1:3] for change in self.changes()[before - 1:] if change[1] != state}:
            self.find(f"{sorted(odd)} within {seconds:g} s in which it is {state}")

    def put(self, **answers):
        """Gives the engine answers, by the last word of their paths; `every`: for all paths, or None for its own."""
        paths = {"every": "*", "metrics": "/metrics", "ps": OLLAMA_LOADED}
        self.engine.answers.update({paths.get(word, f"/v1/{word}"): answer for word, answer in answers.items()})


class Freeze(Case):
    """The engine core hangs: health, list and metrics answer, and no request ends."""

    task, answer = "completions", COMPLETION
    running = 0

    def make(self):
        engine = super().make()
        engine.answers |= {"/v1/completions": None, f"/v1/{self.task}": self.answer}
        return engine

    @property
    def told(self):
        return SETTINGS.proof(SETTINGS.stall_after if self.running else SETTINGS.proof_of_life)

    @property
    def ended(self):
        # It is asked for a proof every two intervals.
        return 2 * SETTINGS.interval + SETTINGS.probe()

    def go(self):
        # A proof has passed, so that it is known which task the engine does.
        self.hold(READY, SETTINGS.proof_of_life + SETTINGS.interval if self.running == 0 else 1)
        self.become(FAILED, self.told, lambda: self.put(metrics=metrics(self.running), **{self.task: HANG}), self.figures[0])
        self.hold(FAILED, 2)
        # An error proves nothing: it does not lift the freeze.
        self.put(**{self.task: INTERNAL_ERROR})
        self.hold(FAILED, 4 * SETTINGS.interval)
        self.become(READY, self.ended, lambda: self.put(metrics=metrics(0), **{self.task: self.answer}), self.figures[1])


class IdleFreeze(Freeze):
    name = "idle freeze"


class BusyFreeze(Freeze):
    name = "busy freeze"
    running = 3


class IdleEmbeddings(Freeze):
    name = "idle freeze, embeddings"
    task, answer = "embeddings", EMBEDDING


class BusyEmbeddings(IdleEmbeddings):
    name = "busy freeze, embeddings"
    running = 3


class ProofError(Case):
    """Every completion is an error, which is not a freeze: the engine is never FAILED for it."""

    name = "completions 500"
    running = 0

    def go(self):
        self.put(metrics=metrics(self.running), completions=INTERNAL_ERROR)
        self.hold(READY, 4 * SETTINGS.proof_of_life)
        if not self.engine.requests["/v1/completions"]: self.find("no proof of life was requested")


class BusyProofError(ProofError):
    name = "busy, completions 500"
    running = 3


class Away(Case):
    name = "away for a minute"
    told, ended = SETTINGS.interval, 2 * SETTINGS.interval
    engines = 4

    def go(self):
        self.become(UNREACHABLE, self.told, self.engine.stop, self.figures[0])
        self.hold(UNREACHABLE, AWAY)
        self.become(READY, self.ended, self.engine.start, self.figures[1])


class LoadingModel(Case):
    """As llama.cpp: every path is 503 until the model is loaded."""

    name = "loading, from away"
    told = ended = 2 * SETTINGS.interval
    engines = 4
    away, loading = 5, 10

    def make(self):
        engine = harness.Engine([harness.card(self.id, owned_by="llamacpp")])
        engine.server = "llama.cpp"
        return engine

    def go(self):
        self.become(UNREACHABLE, SETTINGS.interval, self.engine.stop)
        self.put(every=LOADING_MODEL)
        self.hold(UNREACHABLE, self.away)
        self.become(LOADING, self.told, self.engine.start, self.figures[0])
        self.hold(LOADING, self.loading)
        self.become(READY, self.ended, lambda: self.put(every=None), self.figures[1])


class DeadBehindProxy(Case):
    name = "dead behind a proxy"
    told, ended = FALL * SETTINGS.interval, 2 * SETTINGS.interval
    engines = 3

    def go(self):
        self.become(UNREACHABLE, self.told, lambda: self.put(every=GATEWAY), self.figures[0])
        self.hold(UNREACHABLE, 10)
        self.become(READY, self.ended, lambda: self.put(every=None), self.figures[1])


class NotNow(Case):
    """READY with its reason for 60 s, then UNREACHABLE; an engine that serves again before that is never anything else."""

    name = "not now for long"
    told, ended = HOLD + SETTINGS.interval, 2 * SETTINGS.interval
    answer, reason = NOT_NOW, "not now: "

    def go(self):
        began = time.monotonic()
        self.become(UNREACHABLE, self.told, lambda: self.put(every=self.answer), self.figures[0])
        changes = self.changes()
        held = [change for change in changes if began < change[0] < began + HOLD]
        if odd := {change[1:3] for change in held if change[1] != READY or not change[2].startswith(self.reason)}:
            self.find(f"{sorted(odd)} within {HOLD:g} s")
        reasoned = held[0][0] - began if held else HOLD
        # The first probe that is not answered ends by its time-out.
        if reasoned > self.told - HOLD + SLACK + 2 * self.world.heartbeat.worst:
            self.find(f"no reason for {reasoned:.1f} s")
        self.become(READY, self.ended, lambda: self.put(every=None), self.figures[1])


class NotNow503(NotNow):
    name = "not now (503) for long"
    answer = NOT_NOW_503


class BusyHang(NotNow):
    """The same for an engine that has requests under way and accepts connections, but does not answer."""

    name = "busy, no answers"
    told = NotNow.told + SETTINGS.timeout
    answer, reason = HANG, "busy: "

    def go(self):
        self.put(metrics=metrics(3))
        self.hold(READY, 2 * SETTINGS.interval)
        super().go()


class ShortNotNow(Case):
    name = "not now for 20 s"

    def go(self):
        for answer in NOT_NOW, NOT_NOW_503:
            self.put(every=answer)
            self.hold(READY, 20)
            self.put(every=None)
            self.hold(READY, 3 * SETTINGS.interval)
            if reason := self.changes()[-1][2]: self.find(f"READY with the reason {reason!r}")


class LostPart(Case):
    """One answer of Ollama's /api/ps is lost, now and then: no model changes."""

    name = "one lost /api/ps"
    losses = [INTERNAL_ERROR, HANG, (200, "<html>"), (404, {})]

    def make(self):
        self.id, self.cold = f"{self.id}:1b", f"{self.id}-cold:1b"
        return ollama(self.id, self.cold)

    def go(self):
        before = {id: list(self.world.feed.changes[id]) for id in (self.id, self.cold)}
        if (states := [changes[-1][1] for changes in before.values()]) != [READY, "COLD"]: self.find(f"{states} at first")
        loaded = self.engine.answers[OLLAMA_LOADED]
        for loss in self.losses * 2:
            lost = threading.Event()

            def once():
                if lost.is_set(): return loaded
                # Until the probe's time is over.
                threading.Timer(SETTINGS.timeout if loss is HANG else 0, lost.set).start()
                return loss

            self.put(ps=once)
            if not lost.wait(3 * SETTINGS.interval): self.find("/api/ps was not requested")
            time.sleep(2 * SETTINGS.interval)
        for id, changes in before.items():
            if new := self.world.feed.changes[id][len(changes):]: self.find(f"{id} has changed: {new}")


class Jumps(threading.Thread):
    """Moves the server's wall clock forth and back all the time: no promise may depend on it."""

    distances = [100 * moving_clock.DAY, 0, -3 * moving_clock.DAY, 3_600, -100 * moving_clock.DAY, 0]

    def __init__(self, directory):
        super().__init__(daemon=True)
        self.clock = moving_clock.MovingClock(moving_clock.compile_to(directory), directory / "clock")
        self.is_over, self.count = threading.Event(), 0

    def run(self):
        while not self.is_over.wait(3 * SETTINGS.interval):
            self.clock.jump(self.distances[self.count % len(self.distances)])
            self.count += 1


CASES = [
    BusyFreeze, IdleFreeze, BusyEmbeddings, IdleEmbeddings, ProofError, BusyProofError, Away, LoadingModel, DeadBehindProxy,
    NotNow, NotNow503, BusyHang, ShortNotNow, LostPart]


class Promises:
    """The server, and all cases."""

    def __init__(self, directory, seed, heartbeat, kinds=CASES):
        self.choose, self.heartbeat = random.Random(f"{seed}/promises"), heartbeat
        self.findings = []
        self.cases = [kind(self, number) for kind in kinds for number in range(kind.engines)]
        s = SETTINGS
        directory.mkdir(exist_ok=True)
        self.jumps = Jumps(directory)
        self.server = harness.Server(
            directory, *(word for case in self.cases for word in ("--engine", case.engine.url)),
            "--probe-timeout", f"{s.timeout}s", "--stall-after", f"{s.stall_after}s", "--proof-of-life", f"{s.proof_of_life}s",
            "--proof-timeout", f"{s.proof_timeout}s", interval=f"{s.interval}s", through=self.jumps.clock.words).ready()
        self.feed = Feed(self.server)
        try:
            harness.eventually(lambda: all(self.feed.state(case.id) == READY for case in self.cases), "every engine READY")
        except AssertionError:
            self.stop()
            raise
        for thread in [self.jumps, *self.cases]: thread.start()

    def finish(self):
        """Waits for the end of all cases; what was found."""
        end = time.monotonic() + 2 * AWAY
        for case in self.cases: case.join(max(0, end - time.monotonic()))
        self.findings += [f"{case.name} ({case.id}) does not end" for case in self.cases if case.is_alive()]
        if self.feed.error: self.findings.append(f"the watcher of the promises: {self.feed.error}")
        return self.findings

    def stop(self):
        self.jumps.is_over.set()
        self.server.stop()
        for case in self.cases: case.engine.stop()

    def figures(self):
        """Name, and the measured and the promised seconds until the beginning and the end were listed."""
        rows = {}
        for case in self.cases:
            row = rows.setdefault(case.name, (case.name, ([], []), (case.told, case.ended)))
            for into, measured in zip(row[1], case.figures): into.extend(measured)
        return list(rows.values())
