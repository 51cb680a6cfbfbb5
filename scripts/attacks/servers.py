"""The processes: a simulated fleet, and the server under test on a core of its own."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

import secured

SERVER_CORE, ATTACKER_CORE = "0", "1"
# Niceness: the server and the good client go before other work of the machine, the attacker after it, so that the latencies
# are those of the server. Without the right to set it all are alike.
FIRST, LAST = -10, 5


def progress(text):
    print(f"== {time.strftime('%T')} {text}", file=sys.stderr, flush=True)


def prefer(niceness):
    """Sets the niceness of this process, in a new session: the scheduler of Linux weighs sessions before processes."""
    with contextlib.suppress(PermissionError):
        os.setsid()
    with contextlib.suppress(OSError):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/autogroup").write_text(str(niceness))


def environment():
    """This process' variables, without those that would be settings of the program under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}


class Process:
    """A child process whose output goes to a log file."""

    def __init__(self, name, directory, *command, core, descriptors=None):
        self.name, self.log = name, pathlib.Path(directory) / f"{name}.log"

        def prepare():
            prefer(FIRST)
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                ["taskset", "-c", core, *map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=environment(), preexec_fn=prepare)

    @property
    def is_alive(self):
        return self.child.poll() is None

    def wait_for(self, pattern, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.is_alive:
            if match := re.search(pattern, self.log.read_text(errors="replace")):
                return match[1]
            time.sleep(0.02)
        raise SystemExit(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def end_of_log(self):
        """The exit status, and the error in its log or the log's last line."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        line = next((line for line in lines if "Fatal" in line or "rror" in line), (lines or [""])[-1])
        return f"{self.child.returncode}, {line[:200]}"

    def stop(self):
        if self.is_alive:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        self.child.kill()
        self.child.wait()


class Fleet(Process):
    def __init__(self, directory, binary, engines, models, replicas=2):
        super().__init__(
            f"simulate-{engines}-{models}", directory, binary, "simulate", "--engines", engines, "--models", models,
            "--replicas", replicas, "--listen", "127.0.0.1:0", core=ATTACKER_CORE)
        control = self.wait_for(r"controlled at http://([0-9.:]+)")
        connection = http.client.HTTPConnection(control, timeout=30)
        connection.request("GET", "/_simulate/config")
        self.config = pathlib.Path(directory) / f"{self.name}.yaml"
        self.config.write_bytes(connection.getresponse().read())
        connection.close()
        self.models = engines * models // replicas


class Server(Process):
    """The server under test; `host`, `port`, `authority` and the id of a model for those that attack it. `certificate`: the
    files with which it speaks TLS; `host` and `port` are where it does."""

    def __init__(
            self, name, directory, binary, fleet, entry_fleet=((), None, 10, None), core=SERVER_CORE, certificate=None):
        arguments, descriptors, *_ = entry_fleet
        self.authority, tls = None, ()
        if certificate:
            file, key, authority = map(str, certificate)
            self.authority = authority
            tls = "--tls-listen", "127.0.0.1:0", "--tls-cert", file, "--tls-key", key
        super().__init__(
            name, directory, binary, "serve", "--listen", "127.0.0.1:0", "--config", fleet.config, "--in-memory",
            "--probe-interval", "1s", "--threads", 1, "--log-level", "error", *tls, *arguments,
            core=core, descriptors=descriptors)
        # The log level hides no line of the start.
        self.host, port = self.wait_for(rf"listening on {'https' if tls else 'http'}://([0-9.:]+)\s").split(":")
        self.port = int(port)
        deadline = time.monotonic() + 60
        while self.get("/readyz")[0] != 200 or len(self.models()) < fleet.models:
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} does not list {fleet.models} models")
            time.sleep(0.05)
        self.model = self.models()[0]["id"]

    def get(self, path, source="127.0.0.2", timeout=30):
        """Status and body of one request on a connection of its own."""
        connection = secured.http_connection(self, source, timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def models(self):
        status, body = self.get("/v1/models")
        return json.loads(body)["data"] if status == 200 else []

    def memory(self):
        """Resident bytes; 0 when the process has ended."""
        try:
            fields = pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()
        except OSError:
            return 0
        return int(fields[1]) * 4096 if len(fields) > 1 else 0

    @property
    def pid(self):
        # taskset becomes the program that it is given.
        return self.child.pid

    def warm_up(self):
        """Asks for everything a few times: memory that the first answers allocate is no fault of an attack."""
        for _ in range(3):
            for path in ("/v1/models", "/v1/models?view=full", "/metrics", "/healthz", f"/v1/models/{self.model}"):
                self.get(path)
