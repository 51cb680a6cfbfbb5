"""The cost of requests, as a ratio to nghttpd; the servers share one core by turns, the client has the other."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field

SERVER_CORE, CLIENT_CORE = "0", "1"
GRPC = ["content-type: application/grpc", "te: trailers"]
GZIP = "grpc-accept-encoding: gzip"
GET, LIST = "/rollcall.v1.ModelCatalog/GetModel", "/rollcall.v1.ModelCatalog/ListModels"
# What makes nghttpd answer 304 for any file: it knows no tags.
UNCHANGED = ["if-modified-since: Mon, 01 Jan 2035 00:00:00 GMT"]
TICKS = os.sysconf("SC_CLK_TCK")


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def framed(message):
    """A gRPC message with its 5-byte prefix."""
    return b"\0" + len(message).to_bytes(4, "big") + message


@dataclass
class Case:
    name: str
    path: str
    connections: int
    streams: int
    requests: int
    # Of the request; None is a GET.
    body: bytes | None = None
    headers: list = field(default_factory=list)
    status: int = 200
    # Of the request to nghttpd.
    baseline_headers: list = field(default_factory=list)
    # Of the response; found by asking once.
    size: int = 0
    # Whether the response is compressed, after a while.
    gzip: bool = False

    def __post_init__(self):
        if self.body is not None:
            self.headers = GRPC + self.headers


def first_and_again(url, directory):
    """A table of the whole list in gzip: the first time, and again."""
    case = Case("", LIST, 1, 1, 1, framed(b"\x10" + varint(10_000)), headers=[GZIP])
    print("| ListModels, all 10,000, `grpc-accept-encoding: gzip` | ms | bytes |\n|---|---|---|", flush=True)
    began = time.monotonic()
    for name in ("first, plain", "first in gzip", "again in gzip"):
        case.gzip = name != "first, plain"
        asked = time.monotonic()
        case.size = ask(url, case, directory)
        # The first in gzip counts from the first request: the server compresses meanwhile.
        took = time.monotonic() - (began if name == "first in gzip" else asked)
        print(f"| {name} | {took * 1e3:.0f} | {case.size} |", flush=True)
    print(flush=True)


def arguments(headers):
    return [word for header in headers for word in ("-H", header)]


def cases(id, tag, quick):
    get, page, whole = (
        framed(b"\x12" + varint(len(id)) + id.encode()), framed(b"\x10\x64"), framed(b"\x10" + varint(10_000)))
    model = f"/v1/models/{id}"
    all_cases = [
        Case("GetModel, 8 connections x 32 streams", GET, 8, 32, 400_000, get),
        Case("GetModel, 64 connections x 1 stream", GET, 64, 1, 150_000, get),
        Case("ListModels, page of 100, 8 x 32", LIST, 8, 32, 200_000, page),
        Case("ListModels, page of 100, 64 x 1", LIST, 64, 1, 100_000, page),
        Case("ListModels, all 10,000, 8 x 4", LIST, 8, 4, 2_500, whole),
        Case("ListModels, all 10,000, gzip again, 8 x 4", LIST, 8, 4, 10_000, whole, headers=[GZIP], gzip=True),
        Case("GET /v1/models/{id}, 8 x 32", model, 8, 32, 300_000),
        Case("GET /v1/models, all 10,000, 8 x 4", "/v1/models", 8, 4, 1_500),
        Case(
            "GET /v1/models answered 304, 8 x 32", "/v1/models", 8, 32, 300_000, headers=[f"if-none-match: {tag}"],
            status=304, baseline_headers=UNCHANGED),
    ]
    if quick:
        for case in all_cases:
            case.requests //= 10
    return all_cases


class Server:
    """A process on the servers' core."""

    def __init__(self, name, directory, *command, core=SERVER_CORE):
        self.log = directory / f"{name}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(["taskset", "-c", core, *map(str, command)], stdout=log, stderr=log)
        self.name = name

    def wait_for(self, pattern):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.log.read_text(errors="replace")):
                return match[1]
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"{self.name} did not start:\n{self.log.read_text(errors='replace')}")

    def cpu(self):
        """Seconds of user and system time so far, all threads."""
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def ask(url, case, directory):
    """One request by curl; sets the response's size. Leaves when the answer is not the expected one."""
    body, head = directory / "body", directory / "head"
    body.unlink(missing_ok=True)
    command = ["curl", "-sS", "--http2-prior-knowledge", "-o", body, "-D", head, *arguments(case.headers)]
    if case.body is not None:
        (directory / "request").write_bytes(case.body)
        command += ["--data-binary", f"@{directory / 'request'}"]
    head_text = ""
    deadline = time.monotonic() + 30
    while "HTTP/2" not in head_text or case.gzip and "grpc-encoding: gzip" not in head_text:
        if time.monotonic() > deadline:
            sys.exit(f"{case.name} is not compressed:\n{head_text}")
        subprocess.run([*command, url + case.path], check=True)
        head_text = head.read_text()
    head = head_text
    if f"HTTP/2 {case.status}" not in head or case.body is not None and "grpc-status: 0" not in head:
        sys.exit(f"{case.name} was answered wrongly:\n{head}")
    return body.stat().st_size if body.exists() else 0


def load(server, url, path, case, directory, body=None, headers=(), requests=None):
    """One run of h2load: seconds of the server's CPU per request, and requests per second."""
    requests = requests or case.requests
    command = [
        "taskset", "-c", CLIENT_CORE, "h2load", "-n", requests, "-c", case.connections, "-m", case.streams, *headers]
    if body is not None:
        (directory / "request").write_bytes(body)
        command += ["-d", directory / "request"]
    before = server.cpu()
    done = subprocess.run([*map(str, command), url + path], capture_output=True, text=True)
    cpu = server.cpu() - before
    out = done.stdout
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx", out)
    answered = codes and int(codes[2 if case.status == 304 else 1])
    data = re.search(r"\((\d+)\) data", out)
    if answered != requests or not data or int(data[1]) != requests * case.size:
        sys.exit(f"{server.name} did not answer all of {case.name}:\n{out}{done.stderr}")
    return cpu / requests, float(re.search(r"finished in [^,]+, ([\d.]+) req/s", out)[1])


def ratios(values):
    return f"{min(values):.2f} / **{statistics.median(values):.2f}** / {max(values):.2f}"


def progress(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def fleet(directory, rollcall):
    """100 engines with 100 models each, off the servers' core."""
    return Server(
        "simulate", directory, rollcall, "simulate", "--engines", 100, "--models", 100, "--replicas", 1,
        "--listen", "127.0.0.1:0", core=CLIENT_CORE)


def serve(name, directory, rollcall, simulator, *more):
    """A server over the fleet; `more`: further arguments."""
    control = simulator.wait_for(r"controlled at (http://[0-9.:]+)")
    config = directory / "engines.yaml"
    config.write_bytes(urllib.request.urlopen(f"{control}/_simulate/config").read())
    # Rare probes: what is measured is the answering; one thread, as nghttpd has.
    return Server(
        name, directory, rollcall, "serve", "--listen", "127.0.0.1:0", "--config", config, "--in-memory",
        "--probe-interval", "60s", "--threads", 1, *more)


def static_server(directory, files, running, pair=None):
    """nghttpd over a directory, and its address; with TLS when it has a certificate and its key."""
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    words = ["nghttpd", "-a", "127.0.0.1", "-d", files]
    words += [port, pair[1], pair[0]] if pair else ["--no-tls", port]
    nghttpd = Server("nghttpd", directory, *words)
    running.append(nghttpd)
    url = f"{'https' if pair else 'http'}://127.0.0.1:{port}"
    while subprocess.run(["curl", "-sfk", "--http2-prior-knowledge", "-o", "/dev/null", f"{url}/0"]).returncode:
        time.sleep(0.1)
    return nghttpd, url


def whole_list(server):
    """The server's address, the id of a model and the list's tag, once it knows 10,000 models."""
    url = server.wait_for(r"listening on (http://[0-9.:]+)")
    while True:
        try:
            with urllib.request.urlopen(f"{url}/v1/models") as answer:
                models, tag = json.load(answer)["data"], answer.headers["etag"]
            if len(models) == 10_000:
                return url, models[5_000]["id"], tag
        except urllib.error.HTTPError:
            pass
        time.sleep(0.2)


@dataclass
class Contestant:
    """A server that is measured, and how it is asked for each case."""

    server: Server
    url: str
    cases: list

    def load(self, index, directory, requests=None):
        case = self.cases[index]
        return load(
            self.server, self.url, case.path, case, directory, case.body, arguments(case.headers), requests)


def main(rounds, quick, against):
    running = []
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        try:
            progress("starting 100 simulated engines with 100 models each, and the server")
            running.append(fleet(directory, os.environ["ROLLCALL_BIN"]))

            def contestant(name, binary):
                running.append(serve(name, directory, binary, running[0]))
                url, id, tag = whole_list(running[-1])
                if name == "rollcall":
                    first_and_again(url, directory)
                asked = cases(id, tag, quick)
                for case in asked:
                    case.size = ask(url, case, directory)
                return Contestant(running[-1], url, asked)

            ours = contestant("rollcall", os.environ["ROLLCALL_BIN"])
            if against:
                measure(rounds, ours, contestant("against", against), f"the server {against}", directory)
                return
            files = directory / "files"
            files.mkdir()
            for number, case in enumerate(ours.cases):
                (files / str(number)).write_bytes(os.urandom(case.size))
            nghttpd, baseline = static_server(directory, files, running)
            served = [
                dataclasses.replace(case, path=f"/{index}", body=None, headers=case.baseline_headers)
                for index, case in enumerate(ours.cases)]
            measure(
                rounds, ours, Contestant(nghttpd, baseline, served),
                "nghttpd serving a static file of the same size, or answering 304 where we do", directory)
        finally:
            for server in reversed(running):
                server.stop()


def measure(rounds, ours, theirs, what, directory):
    cpu, speed = ({case.name: [] for case in ours.cases} for _ in range(2))
    for number in range(rounds):
        for index, case in enumerate(ours.cases):
            progress(f"round {number + 1} of {rounds}: {case.name}")
            if number == 0:
                warm = max(case.requests // 10, case.connections)
                ours.load(index, directory, warm), theirs.load(index, directory, warm)
            # Whoever goes first does not always go first.
            order = (ours, theirs) if number % 2 else (theirs, ours)
            first, second = (contestant.load(index, directory) for contestant in order)
            own, other = (first, second) if number % 2 else (second, first)
            cpu[case.name].append(own[0] / other[0])
            speed[case.name].append(own[1] / other[1])
    print(f"Ratios to {what}; min / median / max of {rounds} rounds.\n")
    print("| request | body, bytes | CPU per request | requests per second |")
    print("|---|---|---|---|")
    for case in ours.cases:
        print(f"| {case.name} | {case.size:,} | {ratios(cpu[case.name])} | {ratios(speed[case.name])} |")

