"""Kills a server again and again under load, and checks what it promised; scripts/crash runs it.

No acknowledged write is lost, no revision is used twice, no watcher has a gap or a duplicate.
"""

import argparse
import collections
import pathlib
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

import httpx
import yaml

import contract
import harness
from crash_ledger import Ledger, Problem

# A round in which the load rests after the restart until every copy was compared, so that none is only ever cut.
CALM_EVERY = 10
# When kills come: during the start, while the server runs, or while it ends by itself after a SIGTERM. Shuffled and used up
# before it begins again, so that a short run has each.
MOMENTS = ["start"] * 2 + ["running"] * 4 + ["end"]
ENGINES = 16
# As many changes as some of the servers keep: more than a watcher misses, few enough to be compacted in a long run.
SHORT_HISTORY = 5_000


class World:
    """What all threads of a run share."""

    def __init__(self, ledger, address, seed):
        self.ledger, self.address, self.seed = ledger, address, seed
        self.is_over, self.may_load = threading.Event(), threading.Event()
        self.problems = []
        self.counts = collections.Counter()
        self.lock = threading.Lock()

    def report(self, problem):
        with self.lock:
            self.problems.append(problem)

    def count(self, what):
        with self.lock:
            self.counts[what] += 1


def free_port(choose):
    """A port below those that the kernel chooses by itself: no other process takes it while the server is away."""
    while True:
        port = choose.randrange(20_000, 30_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Crash:
    """One run: a fleet, a server that is killed, and its clients."""

    def __init__(self, directory, seed, say=print):
        # These need the generated classes, which may not be there before.
        from crash_load import Mischief, Writer
        from crash_watchers import GRPCWatcher, Reader, SSEWatcher

        self.directory, self.seed, self.say = pathlib.Path(directory), seed, say
        self.choose = random.Random(seed)
        self.ledger = self.new_ledger()
        self.world = World(self.ledger, f"127.0.0.1:{free_port(self.choose)}", seed)
        self.simulator = harness.Simulator(self.directory, engines=ENGINES, models=3, adapters=2, replicas=2)
        self.write_config()
        self.watchers = [GRPCWatcher("watch-1", self.world), GRPCWatcher("watch-2", self.world),
                         GRPCWatcher("watch-team-a", self.world, namespace="team-a"), SSEWatcher("sse", self.world)]
        self.mischief = Mischief(self.world, self.simulator, random.Random(f"{seed}/mischief"))
        self.reader = Reader("reader", self.world)
        self.threads = [
            *self.watchers, self.reader, Writer("writer-1", self.world, 0, 2),
            Writer("writer-2", self.world, 1, 2), self.mischief]
        self.server = None
        self.moments = []
        self.starts = self.kills = self.kills_at_start = self.kills_at_end = 0

    def new_ledger(self):
        return Ledger()

    def words(self):
        """Words before the server's command."""
        return []

    def write_config(self):
        """Every other engine belongs to another namespace, and has a label of its own."""
        config = yaml.safe_load(self.simulator.config())
        for engine in config["engines"][1::2]:
            engine.update(namespace="team-a", labels={"tier": "gold"})
        (self.directory / "config.yaml").write_text(yaml.safe_dump(config))

    def start(self):
        self.starts += 1
        history = ["--history-changes", SHORT_HISTORY] if self.choose.random() < 0.3 else []
        self.server = harness.Process(
            f"serve-{self.starts}", self.directory, *self.words(), harness.BINARY, "serve", "--listen",
            self.world.address, "--data",
            self.directory / "data", "--config", self.directory / "config.yaml", "--probe-interval", "100ms",
            "--probe-timeout", "300ms", "--forget-after", "1s", *history)

    def wait_until_up(self):
        try:
            self.server.wait_for("listening on", timeout=60)
        except (AssertionError, RuntimeError) as error:
            self.world.report(f"the server did not start: {error}")

    def kill(self, may_have_ended=False):
        if (code := self.server.child.poll()) is not None and not (may_have_ended and code == 0):
            self.world.report(f"the server ended by itself with {code}:\n{self.server.output()[-3000:]}")
        self.server.kill()
        harness.running.remove(self.server)
        self.kills += 1
        if not self.world.problems:
            self.server.log.unlink()

    def rest(self, seconds):
        """Sleeps, unless there is a problem."""
        deadline = time.monotonic() + seconds
        while not self.world.problems and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))

    def until(self, condition, what, timeout=60):
        """Waits; a problem ends it."""
        deadline = time.monotonic() + timeout
        while not self.world.problems and not condition():
            if time.monotonic() > deadline:
                return self.world.report(f"{what}: not within {timeout} s")
            time.sleep(0.02)

    def calm(self):
        """With the load at rest every copy is synced by the server that runs now, and compared."""
        self.world.may_load.clear()
        before = [watcher.synced for watcher in self.watchers]
        self.kill()
        self.start()
        self.wait_until_up()
        self.until(
            lambda: all(watcher.synced > count for watcher, count in zip(self.watchers, before)),
            f"synced copies ({', '.join(watcher.name for watcher in self.watchers)})")
        self.world.may_load.set()

    def run(self, rounds):
        begun = time.monotonic()
        self.start()
        self.wait_until_up()
        self.until(self.is_ready, "the first sweep")
        self.world.may_load.set()
        for thread in self.threads:
            thread.start()
        while self.kills < rounds and not self.world.problems:
            if self.kills % CALM_EVERY == CALM_EVERY - 1:
                self.calm()
            else:
                self.round()
            if self.kills % CALM_EVERY == 0:
                self.say(f"{self.kills} kills, {time.monotonic() - begun:.0f} s: {self.figures()}")
        if not self.world.problems:
            self.end_well()
        self.stop()
        return self.world.problems

    def round(self):
        """One server's life, from its start to its end."""
        if not self.moments: self.moments = self.choose.sample(MOMENTS, len(MOMENTS))
        moment = self.moments.pop()
        if moment == "start":
            self.rest(self.choose.uniform(0, 0.2))
            self.kills_at_start += 1
            self.kill()
        else:
            self.wait_until_up()
            self.rest(self.choose.uniform(0.05, 1.5))
            if is_ending := moment == "end":
                self.server.signal(signal.SIGTERM)
                self.rest(self.choose.uniform(0, 0.1))
                self.kills_at_end += 1
            self.kill(may_have_ended=is_ending)
        self.start()

    def is_ready(self):
        try:
            return httpx.get(f"http://{self.world.address}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def end_well(self):
        """Every model comes back, with the labels that were acknowledged."""
        self.world.may_load.clear()
        self.wait_until_up()
        self.rest(1)
        self.mischief.make_good()
        self.until(lambda: self.ledger.promised().keys() <= self.listed().keys(), "every labelled model in the list")
        if self.world.problems:
            return
        promised, listed = self.ledger.promised(), self.listed()
        try:
            for key in promised:
                self.ledger.check_label(key, listed[key], promised, "the last list")
        except Problem as problem:
            return self.world.report(str(problem))
        self.calm()

    def listed(self):
        """The label `n` of each model that is listed."""
        return {(model.namespace, model.id): model.labels.get("n") for model in self.reader.list().models}

    def stop(self):
        self.world.is_over.set()
        if self.server and self.server.stop() != 0 and not self.world.problems:
            self.world.report(f"the server did not end well:\n{self.server.output()[-3000:]}")
        for thread in self.threads:
            if thread.is_alive():
                thread.stop()
                thread.join(10)
        self.simulator.stop()

    def end_faults(self):
        """Lets go of what holds the server up; here nothing does."""

    def figures(self):
        counts = self.world.counts + self.ledger.counts
        return (f"{counts['events']} events of {len(self.ledger.changes)} revisions, "
                f"{counts['acknowledged']} acknowledged writes, {counts['resumes']} resumes, "
                f"{counts['comparisons']} comparisons")

    def summary(self):
        data = self.directory / "data"
        size = sum(file.stat().st_size for file in data.iterdir()) if data.is_dir() else 0
        counts = self.world.counts + self.ledger.counts
        # By status code, as `UNAVAILABLE` or `write UNAVAILABLE`.
        others = [f"{what} {count}" for what, count in sorted(counts.items()) if what.split()[-1].isupper()]
        lines = [
            f"kills                 {self.kills}: {self.kills_at_start} during the start, {self.kills_at_end} during the end",
            f"engine changes        {counts['engine changes']}",
            f"revisions seen        {len(self.ledger.changes)} that changed models, up to {self.ledger.highest}",
            f"events                {counts['events']}, by {len(self.watchers)} watchers with {counts['resumes']} resumes",
            f"comparisons           {counts['comparisons']} copies with lists, {counts['lists']} lists by a reader",
            f"acknowledged writes   {counts['acknowledged']}",
            f"other answers         {', '.join(others) or 'none'}",
            f"data directory        {size / 1e6:.1f} MB",
            f"problems              {len(self.world.problems) or 'none'}"]
        return "\n".join(lines + self.world.problems)


def command(description, name, rounds, make):
    """Runs a walk from the command line. `make` makes it from a directory, a seed and what prints a line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help=f"how many rounds (default: {rounds})")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31), help="repeats a run, as far as time can be")
    arguments = parser.parse_args()
    if not harness.BINARY:
        parser.error(f"ROLLCALL_BIN must name the rollcall executable; scripts/soak {name} sets it")
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"rollcall-{name}-"))
    (directory / "stubs").mkdir()
    contract.generate(directory / "stubs")
    print(f"seed {arguments.seed}, {arguments.rounds} rounds", flush=True)
    walk = make(directory, arguments.seed, say=lambda line: print(line, flush=True))
    try:
        problems = walk.run(arguments.rounds)
    finally:
        walk.end_faults()
        for process in list(harness.running):
            process.stop()
    print(walk.summary())
    print(walk.figures())
    if problems:
        print(f"FAILED; logs and data are kept in {directory}")
        return 1
    shutil.rmtree(directory)
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__.splitlines()[0], "crash", 200, Crash))
