"""Pairs of troubles on the real program: an engine fails in one way, and a restart or another failure meets it."""

import time

import campaign_pairs
import harness
from campaign_pairs import COLD, HOLD, READY, SOON
from campaign_promises import COMPLETION, GATEWAY, INTERNAL_ERROR, NOT_NOW, OLLAMA_LOADED, metrics, ollama
from harness import HANG

FAILED, UNREACHABLE = "FAILED", "UNREACHABLE"
# Seconds until work that stands still is asked for a proof of life, and until the proof has failed.
STALL, PROOF = 2, 1


class EnginePair(campaign_pairs.Pair):
    """One engine in trouble, and another that is well throughout."""

    # The model of the engine in trouble.
    model = "m"

    def begin(self):
        self.engine, well = self.keep(self.make()), self.keep(harness.Engine([harness.card("well")]))
        self.serve(
            "--engine", self.engine.url, "--engine", well.url, "--stall-after", f"{STALL}s", "--proof-timeout", f"{PROOF}s")
        self.become({self.model: READY, "well": READY}, time.monotonic(), [])

    def make(self):
        return harness.Engine(
            [harness.card("m", owned_by="vllm", max_model_len=4096)], answers={"/metrics": metrics(0), "/v1/completions": COMPLETION})

    def stay(self, state, seconds=HOLD):
        self.hold({"m": state, "well": READY}, seconds)

    def put(self, answers):
        """Gives the engine answers by path; the moment of that."""
        self.engine.answers.update(answers)
        return time.monotonic()

    def freeze(self):
        return self.put({"/metrics": metrics(3), "/v1/completions": HANG})

    def thaw(self):
        return self.put({"/metrics": metrics(0), "/v1/completions": COMPLETION})


class FreezeAtRestart(EnginePair):
    """A busy engine freezes, and the server restarts before it can know that, and again when it does."""

    name = "busy freeze, restart"

    def go(self):
        self.begin()
        self.freeze()
        time.sleep(STALL / 2)
        since = time.monotonic()
        self.restart()
        self.become({"m": FAILED}, since, self.told, STALL + PROOF + SOON)
        self.restart()
        self.stay(FAILED, STALL + PROOF + 1)
        self.become({"m": READY}, self.thaw(), self.ended)


class FreezeNotNow(EnginePair):
    """A frozen engine takes no requests: it is FAILED for more than that, also after a restart."""

    name = "busy freeze, not now"

    def go(self):
        self.begin()
        self.become({"m": FAILED}, self.freeze(), self.told, STALL + PROOF + SOON)
        self.put({"*": NOT_NOW})
        self.stay(FAILED)
        self.restart()
        self.stay(FAILED)
        self.put({"*": None})
        self.stay(FAILED, 1)
        self.become({"m": READY}, self.thaw(), self.ended)


class NotNowAtRestart(EnginePair):
    """An engine takes no requests now, the server restarts, and then the engine dies."""

    name = "not now, restart"

    def go(self):
        self.begin()
        self.put({"*": NOT_NOW})
        self.stay(READY, 1)
        self.restart()
        self.stay(READY)
        since = time.monotonic()
        self.engine.stop()
        self.become({"m": UNREACHABLE, "well": READY}, since, self.told)
        # It is back, and takes no requests: it is not READY before it says so.
        self.engine.start()
        self.stay(UNREACHABLE)
        self.become({"m": READY}, self.put({"*": None}), self.ended)


class DeadProxyAtRestart(EnginePair):
    """An engine dies behind a proxy, the server restarts, and the engine that comes back takes no requests at first."""

    name = "dead behind proxy, restart"

    def go(self):
        self.begin()
        self.become({"m": UNREACHABLE, "well": READY}, self.put({"*": GATEWAY}), self.told)
        self.restart()
        self.stay(UNREACHABLE)
        self.put({"*": NOT_NOW})
        self.stay(UNREACHABLE, 1)
        self.become({"m": READY}, self.put({"*": None}), self.ended)


class LostPartAtRestart(EnginePair):
    """The first answer of Ollama's /api/ps after a restart is lost: no model changes its state."""

    name = "lost /api/ps, restart"
    model = "m:1b"

    def make(self):
        return ollama(self.model, "cold:1b")

    def go(self):
        self.begin()
        losses = [INTERNAL_ERROR]
        self.hold({self.model: READY, "cold:1b": COLD}, 1)
        loaded = self.engine.answers[OLLAMA_LOADED]
        self.restart(lambda: self.put({OLLAMA_LOADED: lambda: losses.pop() if losses else loaded}))
        self.hold({self.model: READY, "cold:1b": COLD})
        if losses: self.findings.append(f"{self.name}: /api/ps was not requested")


KINDS = [FreezeAtRestart, FreezeNotNow, NotNowAtRestart, DeadProxyAtRestart, LostPartAtRestart]
