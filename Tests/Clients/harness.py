"""Starts and stops the processes under test; everything on loopback, on ports that the kernel chooses."""

import collections
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import httpx

BINARY = os.environ.get("ROLLCALL_BIN", "")
PROBE_INTERVAL = "200ms"
# Seconds until a condition must be true for which a test names no time: tests share the machine, so more than it takes alone.
PATIENCE = 60.0
running = []


def environment():
    """This process' variables, without those that would be settings of the program under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}


def eventually(check, what="the condition", timeout=PATIENCE):
    """The first true value of `check`; asks again until then."""
    deadline = time.monotonic() + timeout
    last = None
    while time.monotonic() < deadline:
        try:
            if value := check():
                return value
        except (httpx.HTTPError, OSError, LookupError) as error:
            last = error
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {timeout:g} s" + (f"; last error: {last!r}" if last else ""))


class Process:
    """A child process whose output goes to a log file, behind that of one before it of the same name."""

    def __init__(self, name, directory, *command):
        self.name = name
        self.log = pathlib.Path(directory) / f"{name}.log"
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment())
        running.append(self)

    @property
    def pid(self):
        return self.child.pid

    def output(self):
        return self.log.read_bytes()[self.log_start:].decode(errors="replace")

    def wait_for(self, pattern, timeout=PATIENCE):
        """The first match of `pattern` in the output."""

        def look():
            if match := re.search(pattern, self.output()):
                return match
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.output()[-2000:]}")
            return None

        return eventually(look, f"output {pattern!r} of {self.name}", timeout)

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, timeout=20.0):
        return self.child.wait(timeout)

    def stop(self):
        if self in running:
            running.remove(self)
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait(10)
        return self.child.returncode

    def kill(self):
        """As when the machine loses power: no goodbye."""
        self.child.kill()
        self.child.wait(10)

    # From /proc.

    def resident_bytes(self):
        fields = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", fields)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Simulator(Process):
    """`rollcall simulate`: a fleet of engines in one process."""

    def __init__(self, directory, engines=4, models=5, adapters=0, replicas=1, more=()):
        super().__init__(
            "simulate", directory, BINARY, "simulate", "--engines", engines, "--models", models, "--adapters", adapters,
            "--replicas", replicas, "--listen", "127.0.0.1:0", *more)
        self.control = self.wait_for(r"controlled at (http://127\.0\.0\.1:\d+)/_simulate", timeout=60)[1]

    def engines(self):
        return httpx.get(f"{self.control}/_simulate/engines").raise_for_status().json()["engines"]

    def urls(self):
        return [engine["url"] for engine in self.engines()]

    def config(self):
        return httpx.get(f"{self.control}/_simulate/config").raise_for_status().text

    def set(self, engines, mode, **more):
        """Switches engines (`3`, `0-99`, `all`) to a mode such as gone, hang or ok; returns when it holds."""
        httpx.post(
            f"{self.control}/_simulate/engines/{engines}", params={"mode": mode, **more}, timeout=60).raise_for_status()


class Server(Process):
    """`rollcall serve`; it keeps nothing without `--data`. `through` are words before the command: `env A=b`."""

    # The frames of scripts/attacks go to it without TLS.
    authority = None

    def __init__(self, directory, *arguments, interval=PROBE_INTERVAL, through=()):
        if "--data" not in arguments:
            arguments = ("--in-memory", *arguments)
        super().__init__(
            "serve", directory, *through, BINARY, "serve", "--listen", "127.0.0.1:0", "--probe-interval", interval,
            *arguments)
        # The first of its addresses, when TLS has one of its own.
        self.url = self.wait_for(r"rollcall: listening on (https?://127\.0\.0\.1:\d+)")[1]
        self.address = self.url.split("://")[1]
        self.host, port = self.address.split(":")
        self.port = int(port)

    def ready(self, timeout=60.0):
        """Waits for the first full sync: lists are answered from then on."""
        eventually(lambda: httpx.get(f"{self.url}/readyz").status_code == 200, "readiness", timeout)
        return self

    def models(self):
        return httpx.get(f"{self.url}/v1/models", timeout=30).raise_for_status().json()["data"]

    def model(self, id):
        return httpx.get(f"{self.url}/v1/models/{id}").raise_for_status().json()

    def states(self):
        return {model["id"]: model["state"] for model in self.models()}

    def metric(self, name):
        """Sum of the samples of a metric."""
        text = httpx.get(f"{self.url}/metrics").raise_for_status().text
        samples = re.findall(rf"(?m)^{name}(?:\{{[^}}]*\}})? (\S+)$", text)
        if not samples:
            raise LookupError(f"no metric {name}")
        return sum(float(sample) for sample in samples)

    def drain(self):
        """SIGTERM, and what it exits with."""
        self.signal(signal.SIGTERM)
        code = self.wait()
        self.stop()
        return code


# In `Engine.answers`: the engine reads the request and does not answer, until it is given another answer.
HANG = object()


class Engine:
    """A tiny OpenAI-compatible engine whose answers a test writes by hand.

    `answers` come before its own, by path (`*`: every path): a status, a value or text, and headers; HANG; or a function without
    arguments that returns such an answer.
    """

    def __init__(self, models, host="127.0.0.1", port=0, answers=()):
        self.models, self.answers = models, dict(answers)
        # Requests so far, by path.
        self.requests = collections.Counter()
        # Holds the port while the engine is stopped.
        self.held = socket.socket()
        engine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                engine.requests[self.path] += 1
                self.rfile.read(int(self.headers.get("content-length", 0)))
                while (answer := engine.answer(self.path)) is HANG:
                    if engine.is_stopped.wait(0.05): return
                self.answer(*answer)

            do_POST = do_GET

            def answer(self, status, value, headers=()):
                body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
                self.send_response(status)
                kind = "text/plain" if isinstance(value, str) else "application/json"
                for name, text in {"content-type": kind, "content-length": len(body), **dict(headers)}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            def version_string(self):
                return engine.server

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            request_queue_size = 1_024
            daemon_threads = True

            def process_request(self, request, address):
                engine.connections.add(request)
                super().process_request(request, address)

            def shutdown_request(self, request):
                engine.connections.discard(request)
                super().shutdown_request(request)

            def handle_error(self, *_):
                """The client has gone."""

        self.listen = lambda port: Listener((host, port), Handler)
        self.port = port
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"

    # The `server` header.
    server = "test"

    def answer(self, path):
        own = {"/v1/models": (200, {"object": "list", "data": self.models}), "/health": (200, {"status": "ok"})}
        for answers, name in [(self.answers, "*"), (self.answers, path), (own, path)]:
            if (answer := answers.get(name)) is not None: return answer() if callable(answer) else answer
        return 404, {"detail": "Not Found"}

    def start(self):
        """Listens, again after `stop`, on the same port."""
        self.is_stopped, self.connections = threading.Event(), set()
        self.listener = self.listen(self.port)
        self.port = self.listener.server_address[1]
        self.held.close()
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Closes the port and every connection; nothing to do when that was done before."""
        if self.is_stopped.is_set(): return
        self.is_stopped.set()
        self.listener.shutdown()
        self.listener.server_close()
        # Nobody listens there, and no other process gets the port before the engine is back.
        self.held = socket.socket(self.listener.address_family)
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError): self.held.bind(self.listener.server_address)
        for connection in list(self.connections):
            with contextlib.suppress(OSError): connection.shutdown(socket.SHUT_RDWR)


def card(id, **more):
    """An entry of an engine's `/v1/models`."""
    return {"id": id, "object": "model", "created": 1_700_000_000, "owned_by": "test", **more}


def run(*arguments, timeout=60, check=True):
    """Runs the CLI to its end; its standard output."""
    done = subprocess.run(
        [BINARY, *(str(word) for word in arguments)], capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f"rollcall {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout if check else done
