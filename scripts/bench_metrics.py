"""Measures what it costs to read an engine's metrics, as a ratio to a `memchr` scan of the same bytes: a Markdown table."""

import os
import statistics
import subprocess
import sys
import time

from prometheus_client.parser import text_string_to_metric_families

CASES = [("1 MB, 12 lines matter", "few", 1_000_000), ("100 KB as vLLM's, with histograms", "vllm", 100_000)]


def progress(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def bench(*arguments):
    return subprocess.run(
        [os.environ["SCRAPE_BENCH_BIN"], *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def prometheus_client(body):
    """Microseconds of one parse of it."""
    began = time.perf_counter()
    families = sum(1 for _ in text_string_to_metric_families(body))
    took = time.perf_counter() - began
    if families < 10:
        sys.exit(f"prometheus_client found {families} families")
    return took * 1_000_000


def main(rounds):
    measured = {name: [] for name, _, _ in CASES}
    for number in range(rounds):
        for name, kind, size in CASES:
            progress(f"round {number + 1} of {rounds}: {name}")
            words = bench("time", kind, size, 51).split()
            row = {word: float(value) for word, value in zip(words[::2], words[1::2])}
            row["python"] = prometheus_client(bench("body", kind, size))
            measured[name].append(row)
    print(f"\nReading metrics; medians of {rounds} rounds, each the median of 51 by turns.\n")
    print("| body | bytes | lines | ours, us | ratio to memchr by line ends | ratio to one memchr over all "
          "| prometheus_client's parser, ratio to ours |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in measured.items():
        def middle(value):
            return statistics.median(value(row) for row in rows)

        print(f"| {name} | {rows[0]['bytes']:,.0f} | {rows[0]['lines']:,.0f} | {middle(lambda row: row['parse']):,.0f} "
              f"| {middle(lambda row: row['parse'] / row['hops']):.2f} "
              f"| {middle(lambda row: row['parse'] / row['whole']):.1f} "
              f"| {middle(lambda row: row['python'] / row['parse']):,.0f} |")
