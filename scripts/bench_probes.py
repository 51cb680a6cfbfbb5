"""Measures what probing costs a server that has one core: fleets of 100, 1,000 and 5,000 engines, probed every 5 s, whose
metrics have 100 KB each. Two Markdown tables and a histogram of when probes start."""

import datetime
import http.client
import os
import pathlib
import re
import statistics
import tempfile
import time

from bench_fleet import CLIENT_CORE, Process, progress

INTERVAL = 5
SIZES = [100, 1_000, 5_000]
METRICS = "100KiB"


class Client:
    """One connection that stays."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()


class Server(Process):
    """A server on one core with a fleet on the other."""

    def __init__(self, directory, fleet, config):
        super().__init__(
            "serve", directory, os.environ["ROLLCALL_BIN"], "serve", "--listen", "127.0.0.1:0", "--config", config,
            "--in-memory", "--probe-interval", f"{INTERVAL}s", "--threads", 1, "--log-level", "error")
        self.fleet, self.client = fleet, Client(self.wait_for(r"listening on (http://[0-9.:]+)"))

    def figures(self):
        """Probes that started and that ended so far."""
        text = self.client.get("/metrics")[1]
        ended = sum(float(value) for value in re.findall(r"(?m)^rollcall_probes_total\{[^}]*\} (\S+)$", text))
        return ended + float(re.search(r"(?m)^rollcall_probes_in_flight (\S+)$", text)[1]), ended

    def memory(self):
        """Resident bytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.child.pid}/status").read_text())[1]) * 1024

    def oldest(self):
        """The age in seconds of the oldest readings of any model, and how many models have some."""
        now = datetime.datetime.now(datetime.timezone.utc)
        times = re.findall(r'"taken_at":\s*"([^"]+)"', self.client.get("/v1/models?view=full")[1])
        ages = [(now - datetime.datetime.fromisoformat(time)).total_seconds() for time in times]
        return max(ages, default=float("nan")), len(ages)


def cost(server, seconds):
    """CPU-seconds per 1,000 probes, cores and probes per second, while nobody else asks."""
    (_, ended), cpu, start = server.figures(), server.cpu(), time.monotonic()
    fleet = server.fleet.cpu()
    time.sleep(seconds)
    passed, cpu, fleet = time.monotonic() - start, server.cpu() - cpu, server.fleet.cpu() - fleet
    probes = server.figures()[1] - ended
    return {"cost": cpu / probes * 1000, "cores": cpu / passed, "rate": probes / passed, "fleet": fleet / passed}


def starts(server, seconds):
    """Probes that started in each tenth of a second, and the latencies of the list meanwhile."""
    bars, latencies = [], []
    client, before = Client(f"http://{server.client.connection.host}:{server.client.connection.port}"), server.figures()[0]
    due = time.monotonic()
    for _ in range(seconds * 10):
        due += 0.1
        while time.monotonic() < due - 0.01:
            start = time.monotonic()
            status, _ = client.get("/v1/models")
            latencies.append(time.monotonic() - start)
            if status != 200:
                raise SystemExit(f"GET /v1/models: {status}")
            time.sleep(0.02)
        time.sleep(max(0, due - time.monotonic()))
        now = server.figures()[0]
        bars.append(now - before)
        before = now
    return bars, latencies


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(directory, engines, metrics, seconds):
    progress(f"{engines} engines, {metrics or 'small'} metrics")
    config = directory / "engines.yaml"
    fleet = Process(
        "simulate", directory, os.environ["ROLLCALL_BIN"], "simulate", "--engines", engines, "--listen", "127.0.0.1:0",
        "--write-config", config, *(["--metrics-size", metrics] if metrics else []), core=CLIENT_CORE)
    server = None
    try:
        fleet.wait_for(r"controlled at (http://[0-9.:]+)")
        server = Server(directory, fleet, config)
        # The first sweep, and once round the interval.
        time.sleep(2 * INTERVAL + 2)
        row = cost(server, seconds)
        row["bars"], latencies = starts(server, seconds)
        row["p50"], row["p99"] = percentile(latencies, 0.5), percentile(latencies, 0.99)
        row["oldest"], row["models"] = server.oldest()
        row["memory"] = server.memory()
        return row
    finally:
        for process in filter(None, [server, fleet]):
            process.stop()


def histogram(bars, wanted):
    """How many tenths of a second had so many starts, as shares of the mean that is wanted."""
    mean = wanted / 10
    lines = []
    for low in range(0, 300, 25):
        count = sum(low <= bar / mean * 100 < low + 25 or low == 275 and bar / mean * 100 >= 300 for bar in bars)
        lines.append(f"{low:4}% to {low + 25:3}%  {count:4}  {'#' * (count * 60 // len(bars))}")
    return "\n".join(lines)


def main(rounds, quick):
    seconds = 2 * INTERVAL if quick else 4 * INTERVAL
    sizes = SIZES[:1] if quick else SIZES
    measured = {}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(rounds):
            for engines in sizes:
                for metrics in ("", METRICS):
                    row = measure(pathlib.Path(directory), engines, metrics, seconds)
                    measured.setdefault((engines, metrics), []).append(row)
    print(f"\nProbing, server on one core, fleet on the other, every {INTERVAL} s; medians of {rounds} rounds.\n")
    print("| engines | metrics of each | probes/s, wanted | got | CPU-s per 1,000 probes | cores | GET /v1/models p50, ms | p99, ms "
          "| oldest readings, s | resident, MB | cores of the fleet |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for (engines, metrics), rows in measured.items():
        def middle(name):
            return statistics.median(row[name] for row in rows)

        print(f"| {engines:,} | {metrics or '5 KB'} | {engines / INTERVAL:,.0f} | {middle('rate'):,.0f} | {middle('cost'):.3f} "
              f"| {middle('cores'):.2f} | {middle('p50') * 1e3:.1f} | {middle('p99') * 1e3:.1f} | {middle('oldest'):.1f} "
              f"| {middle('memory') / 1e6:,.0f} | {middle('fleet'):.2f} |")
    print("\n| engines | CPU per probe with metrics of 100 KB, ratio to small ones |")
    print("|---|---|")
    for engines in sizes:
        pairs = zip(measured[engines, METRICS], measured[engines, ""])
        print(f"| {engines:,} | {statistics.median(large['cost'] / small['cost'] for large, small in pairs):.2f} |")
    most = sizes[-1]
    print(f"\nTenths of a second by how many probes of {most:,} engines started in them, 100 % being the mean:\n")
    bars = [bar for row in measured[most, METRICS] for bar in row["bars"]]
    print("```\n" + histogram(bars, most / INTERVAL) + "\n```")
