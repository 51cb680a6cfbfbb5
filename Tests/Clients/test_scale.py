"""A thousand engines, ten thousand models."""

import json
import time

import pytest

import harness


@pytest.mark.alone
def test_ten_thousand_models_of_a_thousand_engines(start, note):
    simulator = start.simulator(engines=1000, models=10)
    server = start.serving(simulator, interval="5s")
    harness.eventually(lambda: len(server.models()) == 10_000, "10,000 models", timeout=90)
    started = time.monotonic()
    lines = harness.run("list", "--server", server.address).splitlines()
    took = time.monotonic() - started
    assert len(lines) == 10_001
    ids = [model["id"] for model in server.models()]
    assert len(set(ids)) == 10_000
    parsed = json.loads(harness.run("list", "--server", server.address, "--output", "json"))
    assert len(parsed if isinstance(parsed, list) else parsed["models"]) == 10_000
    note(f"10,000 models of 1,000 engines: the server's resident memory is {server.resident_bytes() / 1e6:.0f} MB, "
         f"`rollcall list` took {took:.2f} s")
