"""The good client: a process that measures its own requests while the server is attacked."""

import contextlib
import http.client
import multiprocessing
import os
import threading
import time
from dataclasses import dataclass, field

import frames
import secured
import servers
from wire import Wire

# Requests per second.
CALLS, FRESH = 50, 4
PATIENCE = 5.0


@dataclass
class Sample:
    """Latencies in seconds, and the errors, of a span of time."""

    latencies: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def percentile(self, share):
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    def __add__(self, other):
        return Sample(self.latencies + other.latencies, self.errors + other.errors)


class Caller:
    """Unary GetModel on one connection, which is opened anew only when the server ends it."""

    def __init__(self, target, source):
        self.target, self.source, self.wire = target, source, None
        self.body = frames.field(2, target.model)

    def turn(self):
        if not self.wire or not self.wire.is_open:
            self.wire = Wire(self.target, self.source)
        stream = self.wire.stream()
        self.wire.send(frames.request(stream, frames.GET_MODEL, self.body))
        fields = self.wire.finish(stream, PATIENCE)
        if not fields or fields.get("grpc-status") != "0":
            error = f"GetModel: {fields or 'no answer'}, {self.wire.outcome()}"
            self.wire.close()
            raise OSError(error)


class Visitor:
    """REST, each request on a new connection."""

    def __init__(self, target, source):
        self.target, self.source, self.paths = target, source, ["/healthz", f"/v1/models/{target.model}"]

    def turn(self):
        self.paths.reverse()
        connection = secured.http_connection(self.target, self.source, PATIENCE)
        try:
            connection.request("GET", self.paths[0])
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise OSError(f"{self.paths[0]}: {answer.status}")
        except http.client.HTTPException as error:
            raise OSError(f"{self.paths[0]}: {error!r}") from error
        finally:
            connection.close()


def repeat(client, rate, sample, lock):
    """Sends one request after the other. A request that the one before delays counts from the time at which it was due."""
    due = time.monotonic()
    while True:
        due += 1 / rate
        if (left := due - time.monotonic()) > 0:
            time.sleep(left)
            due = time.monotonic()
        start = max(due, time.monotonic() - PATIENCE)
        try:
            client.turn()
        except OSError as error:
            with lock: sample.errors.append(f"{error}"[:200])
        with lock: sample.latencies.append(time.monotonic() - start)
        due = max(due, time.monotonic() - 1)


def serve(pipe, target, source):
    servers.prefer(servers.FIRST)
    os.sched_setaffinity(0, {int(servers.ATTACKER_CORE)})
    sample, lock = Sample(), threading.Lock()
    for client, rate in ((Caller(target, source), CALLS), (Visitor(target, source), FRESH)):
        threading.Thread(target=repeat, args=(client, rate, sample, lock), daemon=True).start()
    with contextlib.suppress(EOFError):
        while pipe.recv():
            with lock:
                pipe.send((sample.latencies[:], sample.errors[:]))
                sample.latencies.clear(), sample.errors.clear()


class GoodClient:
    def __init__(self, target, source="127.0.0.2"):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(other, target, source), daemon=True)
        self.process.start()

    def take(self):
        """The samples since the last call."""
        self.pipe.send(True)
        return Sample(*self.pipe.recv())

    def stop(self):
        self.process.terminate()
        self.process.join(5)
