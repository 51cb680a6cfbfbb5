"""Runs one attack beside a good client, and measures both and the server's memory."""

import gc
import multiprocessing
import os
import resource
import time
from dataclasses import dataclass

import secured
import servers
import verdict
from good_client import GoodClient, Sample
from registry import Run

# An attack whose 99th percentile alone is bad is made again: a busy machine is not the server's fault.
ATTEMPTS = 3
# Seconds: with a median above it the machine, or a server that has just begun, is too busy to be compared with.
BUSY = 0.003
# Quiet latencies that are kept for the comparison.
KEPT = 1_500


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    model: str
    models: int
    # The file with the authority of the server's certificate; None: the server speaks no TLS.
    authority: str | None = None


def target_of(server, fleet):
    return Target(server.host, server.port, server.model, fleet.models, server.authority)


def play(entry, target, seconds, is_quick, stop, pipe):
    """The attacker's process."""
    servers.prefer(servers.LAST)
    os.sched_setaffinity(0, {int(servers.ATTACKER_CORE)})
    gc.disable()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run = Run(target, seconds, is_quick, stop)
    try:
        entry.run(run)
    except Exception as error:
        run.find(f"the attacker failed: {error!r}")
    pipe.send((run.findings, run.became, run.sent))
    # Sockets are closed by the end of the process, all at once.
    os._exit(0)


class Player:
    """An entry that runs in a process of its own."""

    def __init__(self, entry, target, seconds, is_quick):
        self.entry, self.stop_asked = entry, multiprocessing.Event()
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=play, args=(entry, target, seconds, is_quick, self.stop_asked, other), daemon=True)
        self.process.start()
        other.close()
        self.latest, self.is_bounded = time.monotonic() + seconds + 30, False

    @property
    def is_running(self):
        return self.process.is_alive() and time.monotonic() < self.latest and not self.pipe.poll(0)

    def result(self):
        """Findings, the outcome, and the number of units that it sent."""
        try:
            result = self.pipe.recv() if self.pipe.poll(max(0, self.latest - time.monotonic())) else None
        except EOFError:
            result = None
        self.stop()
        if result is None and self.is_bounded:
            return [], "ended at the bound of memory", 0
        return result or (["the attacker did not end by itself"], "", 0)

    def stop(self):
        self.process.terminate()
        self.process.join(10)
        self.pipe.close()


class Bench:
    def __init__(self, directory, binary, times, options):
        self.directory, self.binary, self.times, self.options = directory, binary, times, options
        self.fleets, self.server, self.good, self.of, self.quiet = {}, None, None, None, Sample()
        self.running = []
        self.certificate = secured.certificate(directory) if options.tls else None

    def fleet(self, engines, models=None):
        """A simulated fleet; with its 120 models unless more are wanted."""
        key = engines, models
        if key not in self.fleets:
            each = models or max(1, 240 // engines)
            self.fleets[key] = servers.Fleet(self.directory, self.binary, engines, each, 1 if models else 2)
            self.running.append(self.fleets[key])
        return self.fleets[key]

    def start(self, name, fleet, of=((), None, 10, None), core=servers.SERVER_CORE):
        of = (*of[0], *self.options.serve), *of[1:]
        server = servers.Server(name, self.directory, self.binary, fleet, of, core, self.certificate)
        self.running.append(server)
        return server

    def leave(self):
        """Stops the server that is attacked."""
        if self.good:
            self.good.stop()
        if self.server:
            self.running.remove(self.server)
            self.server.stop()
        self.server = self.good = None

    def stop(self):
        self.leave()
        for process in reversed(self.running): process.stop()

    def prepare(self, entry):
        """A server for the entry: the one that runs, in the short form, or a new one."""
        if self.server and self.server.is_alive and self.options.quick and self.of == entry.fleet:
            return
        self.leave()
        fleet = self.fleet(entry.engines, entry.models)
        self.server, self.of, self.quiet = self.start("serve", fleet, entry.fleet), entry.fleet, Sample()
        self.server.warm_up()
        self.target = target_of(self.server, fleet)
        self.good = GoodClient(self.target, "127.0.0.1" if self.options.same_address else "127.0.0.2")
        time.sleep(0.7)
        self.good.take()

    def measure(self, entry):
        best = None
        for attempt in range(1, ATTEMPTS + 1):
            self.prepare(entry)
            measured = self.attempt(entry)
            measured.attempts = attempt
            if best is None or len(measured.failures()) < len(best.failures()) or (
                    len(measured.failures()) == len(best.failures()) and measured.p99[1] < best.p99[1]):
                best = measured
            best.attempts = attempt
            failures = measured.failures()
            if failures:
                # The next begins with a server that nothing has happened to.
                self.leave()
            if len(failures) != 1 or not measured.is_slow:
                break
        return best

    def attempt(self, entry):
        before, start = self.before(), self.server.memory()
        own = entry.seconds if self.options.quick else entry.long_seconds or entry.seconds
        if self.options.quick and self.options.tls: own = entry.tls_seconds or own
        seconds = max(own or 0, self.times.attack)
        player = Player(entry, self.target, seconds, self.options.quick)
        peak = self.watch(player, start)
        findings, became, sent = player.result()
        # It shows nothing about the server then.
        if not sent and not findings and not player.is_bounded: findings.append("the attacker sent nothing")
        during = self.good.take()
        after = self.settle(start)
        if not self.server.is_alive:
            findings.append(f"the end of its log: {self.server.end_of_log()}")
        return verdict.Measured(
            entry.name, entry.rate, memory=(start, max(peak, after), after),
            p50=(before.percentile(0.5), during.percentile(0.5)), p99=(before.percentile(0.99), during.percentile(0.99)),
            errors=during.errors, is_alive=self.server.is_alive, findings=findings, became=became, sent=sent,
            tls_connections=entry.connections if self.options.tls else 0)

    def before(self):
        """The good client's samples without an attack."""
        enough = self.options.quick and len(self.quiet.latencies) > 150
        for _ in range(3):
            time.sleep(0.3 if enough else self.times.before)
            # Errors are those of the attack before, in the short form.
            fresh = Sample(self.good.take().latencies)
            if fresh.percentile(0.5) < BUSY:
                break
        self.quiet = self.quiet + fresh
        self.quiet.latencies = self.quiet.latencies[-KEPT:]
        return self.quiet

    def watch(self, player, start):
        """The highest memory while the attack runs; ends one that takes too much."""
        peak, ended = start, None
        while player.is_running:
            memory = self.server.memory()
            peak = max(peak, memory)
            if memory > start + verdict.BOUND:
                player.stop_asked.set()
                player.is_bounded = True
                ended = ended or time.monotonic()
                # Bytes on their way still come; beyond this the attacker is stopped.
                if memory > start + 1.5 * verdict.BOUND or time.monotonic() - ended > 3:
                    player.latest = 0
            time.sleep(0.01)
        if peak > start + 1.5 * verdict.BOUND:
            self.server.kill()
        return peak

    def settle(self, start):
        """Memory when it has come back, or when it had the time to."""
        allowed = verdict.Measured("", "", memory=(start, 0, 0)).allowed_after
        deadline = time.monotonic() + self.times.after
        while (memory := self.server.memory()) > allowed and time.monotonic() < deadline:
            time.sleep(0.1)
        return memory
