"""The cost of requests and of handshakes over TLS, as a ratio to nghttpd over TLS."""

import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

from bench_requests import (
    CLIENT_CORE, GET, LIST, Case, Contestant, ask, fleet, framed, measure, progress, ratios, serve, static_server, varint,
    whole_list)

CONNECTIONS = 100


def certificate(directory, name, *how):
    """A certificate of 127.0.0.1 and its key."""
    pair = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
         "-newkey", *how, "-out", pair[0], "-keyout", pair[1]], check=True, capture_output=True)
    return pair


def handshakes(server, url, runs):
    """Seconds of the server's CPU per handshake, with one small request on each connection, and handshakes per second."""
    before, took = server.cpu(), 0.0
    for _ in range(runs):
        done = subprocess.run(
            ["taskset", "-c", CLIENT_CORE, "h2load", "-n", str(CONNECTIONS), "-c", str(CONNECTIONS), "-m", "1", url],
            capture_output=True, text=True)
        if f"{CONNECTIONS} succeeded" not in done.stdout:
            raise SystemExit(f"{server.name} did not answer all:\n{done.stdout}{done.stderr}")
        amount, unit = re.search(r"finished in ([\d.]+)(m?s|us)", done.stdout).groups()
        took += float(amount) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]
    count = runs * CONNECTIONS
    return (server.cpu() - before) / count, count / took


def main(rounds, quick):
    with tempfile.TemporaryDirectory() as directory:
        directory, running = pathlib.Path(directory), []
        pairs = {
            "ECDSA P-256": certificate(directory, "ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            "RSA 2048": certificate(directory, "rsa", "rsa:2048")}
        try:
            progress("starting 100 simulated engines with 100 models each, and servers that speak TLS")
            running.append(fleet(directory, os.environ["ROLLCALL_BIN"]))
            contestants = {}
            for kind, pair in pairs.items():
                ours = serve(
                    f"rollcall-{pair[0].stem}", directory, os.environ["ROLLCALL_BIN"], running[0], "--tls-listen",
                    "127.0.0.1:0", "--tls-cert", pair[0], "--tls-key", pair[1])
                running.append(ours)
                clear, id, _ = whole_list(ours)
                cases = [
                    Case("GetModel, 8 connections x 32 streams", GET, 8, 32, 200_000, framed(b"\x12" + varint(len(id)) + id.encode())),
                    Case("ListModels, page of 100, 8 x 32", LIST, 8, 32, 60_000, framed(b"\x10\x64"))]
                files = directory / f"files-{pair[0].stem}"
                files.mkdir()
                for index, case in enumerate(cases):
                    if quick: case.requests //= 10
                    case.size = ask(clear, case, directory)
                    (files / str(index)).write_bytes(os.urandom(case.size))
                theirs, baseline = static_server(directory, files, running, pair)
                served = [dataclasses.replace(case, path=f"/{index}", body=None, headers=[]) for index, case in enumerate(cases)]
                secured = ours.wait_for(r"listening on (https://[0-9.:]+)")
                contestants[kind] = Contestant(ours, secured, cases), Contestant(theirs, baseline, served)
            measure(rounds, *contestants["ECDSA P-256"], "nghttpd serving a static file of the same size, both over TLS", directory)
            print("\n| handshake with one request, key | CPU | handshakes per second | of ours, per second |\n|---|---|---|---|")
            for kind, (ours, theirs) in contestants.items():
                cpu, speed, own = [], [], []
                for number in range(rounds):
                    progress(f"round {number + 1} of {rounds}: handshakes, {kind}")
                    pair = [(ours, "/healthz"), (theirs, "/0")]
                    found = {}
                    for contestant, path in pair if number % 2 else reversed(pair):
                        found[contestant.server.name] = handshakes(contestant.server, contestant.url + path, 2 if quick else 20)
                    mine, other = found[ours.server.name], found[theirs.server.name]
                    cpu.append(mine[0] / other[0]), speed.append(mine[1] / other[1]), own.append(mine[1])
                print(f"| {kind} | {ratios(cpu)} | {ratios(speed)} | {sorted(own)[len(own) // 2]:,.0f} |", flush=True)
        finally:
            for server in reversed(running):
                server.stop()
