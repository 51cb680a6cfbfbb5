"""Measures a catalog on disk at 1,000, 10,000 and 100,000 models, 20 to an engine: a Markdown table."""

import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SIZES = [1_000, 10_000, 100_000]
MODELS_PER_ENGINE = 20


def progress(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def bench(*arguments):
    """What `catalog-bench` says: numbers by name."""
    done = subprocess.run(
        [os.environ["CATALOG_BENCH_BIN"], *map(str, arguments)], check=True, capture_output=True, text=True)
    words = done.stdout.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2])}


def engines(path, models, url):
    """The configuration that the store was filled with."""
    lines = ["engines:"]
    for engine in range(models // MODELS_PER_ENGINE):
        lines += [
            f"  - url: {url}/engine-{engine}", f"    id: engine-{engine}", "    kind: vllm",
            "    labels: {tier: gold}"]
    path.write_text("\n".join(lines) + "\n")


def cold_start(directory, config):
    """Seconds from the start of the process to its first answer with all models' list."""
    log = directory / "serve.log"
    began = time.monotonic()
    with log.open("w") as out:
        server = subprocess.Popen(
            [os.environ["ROLLCALL_BIN"], "serve", "--listen", "127.0.0.1:0", "--data", directory / "data",
             "--config", config, "--probe-interval", "60s", "--log-level", "error"],
            stdout=out, stderr=subprocess.STDOUT)
    try:
        while True:
            if server.poll() is not None:
                sys.exit(f"the server ended:\n{log.read_text()}")
            url = re.search(r"listening on (http://[0-9.:]+)", log.read_text())
            if url:
                try:
                    with urllib.request.urlopen(f"{url[1]}/v1/models/organisation/model-0-0") as answer:
                        answer.read()
                        return time.monotonic() - began
                except urllib.error.HTTPError as error:
                    if error.code != 503:
                        raise
            time.sleep(0.005)
    finally:
        server.kill()
        server.wait()


def main(rounds):
    # All engines are here, and silent: what is stored stays as it is for as long as a probe may take.
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        empty = bench("open", root / "empty")["resident"]
        starts, opens, changes, opened = ({size: [] for size in SIZES} for _ in range(4))
        for size in SIZES:
            progress(f"filling a store with {size:,} models")
            (root / str(size)).mkdir()
            bench("fill", root / str(size) / "data", size, url)
            engines(root / str(size) / "engines.yaml", size, url)
        for number in range(rounds):
            for size in SIZES:
                progress(f"round {number + 1} of {rounds}: starting with {size:,} models")
                opened[size] = bench("open", root / str(size) / "data")
                opens[size].append(opened[size]["seconds"])
                starts[size].append(cold_start(root / str(size), root / str(size) / "engines.yaml"))
        for number in range(rounds):
            for size in SIZES:
                progress(f"round {number + 1} of {rounds}: changing engines among {size:,} models")
                changes[size].append(bench("change", root / str(size) / "data", 200)["median"])
        after = {size: bench("open", root / str(size) / "data") for size in SIZES}
    print(f"\nA catalog on disk, {MODELS_PER_ENGINE} models to an engine; medians of {rounds} rounds.\n")
    print("| models | opened, s | first answer of a server, s | one engine's change is public, us | ratio "
          "| bytes per model | bytes per retained change |")
    print("|---|---|---|---|---|---|---|")
    base = statistics.median(changes[SIZES[0]])
    for size in SIZES:
        change = statistics.median(changes[size])
        per_model = (opened[size]["resident"] - empty) / size
        retained = after[size]["events"] - opened[size]["events"]
        per_change = (after[size]["resident"] - opened[size]["resident"]) / max(1, retained)
        print(f"| {size:,} | {statistics.median(opens[size]):.2f} | {statistics.median(starts[size]):.2f} "
              f"| {change:,.0f} | {change / base:.2f} | {per_model:,.0f} | {per_change:,.0f} |")
