"""A short run of scripts/attack, and the bounds of its verdicts."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-B", str(ROOT / "scripts/attacks")]
sys.path.insert(0, str(ROOT / "scripts/attacks"))

import verdict  # noqa: E402

MB = 1_000_000


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(600)
@pytest.mark.skipif((os.cpu_count() or 1) < 2 or not shutil.which("taskset"), reason="needs two cores and taskset")
def test_the_server_withstands_every_attack_and_cuts_no_honest_client(tmp_path, note):
    measured = tmp_path / "measured.json"
    done = subprocess.run(
        [*PYTHON, "--quick", "--ignore-latency", "--binary", harness.BINARY, "--json", str(measured)], capture_output=True, text=True,
        timeout=580)
    note(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    rows = json.loads(measured.read_text())
    assert len(rows) > 80 and all(not row["failures"] for row in rows)


# The attacks on TLS itself, and of the others those of which TLS has a part of its own: in the memory of a connection, in
# the end of a connection, in its deadlines.
OVER_TLS = """
    handshakes-begun handshakes-of-others metrics-unread handshakes-thrown-away client-hellos-in-drops records-of-one-byte forged-records
    rapid-reset upgrade lists-behind-window-0 open-windows-unread lists-unread
    checks half-a-handshake half-a-client-hello a-client-hello-in-drops half-a-record nothing-sent half-a-head half-a-preface
    cancels small-requests""".split()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
@pytest.mark.skipif((os.cpu_count() or 1) < 2 or not shutil.which("taskset"), reason="needs two cores and taskset")
def test_the_server_withstands_attacks_over_tls_and_on_tls(tmp_path, note):
    measured = tmp_path / "measured.json"
    done = subprocess.run(
        [*PYTHON, "--quick", "--tls", "--ignore-latency", "--binary", harness.BINARY, "--json", str(measured), "--only", *OVER_TLS],
        capture_output=True, text=True, timeout=280)
    note(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    rows = json.loads(measured.read_text())
    assert len(rows) >= len(OVER_TLS) and all(not row["failures"] for row in rows)


def test_every_attack_says_what_it_is():
    listed = subprocess.run([*PYTHON, "--list"], capture_output=True, text=True, check=True).stdout
    for name in (
            "rapid-reset", "CVE-2023-44487", "continuation-flood", "CVE-2024-27316", "upgrade", "steady-reader", "handshakes-begun"):
        assert name in listed


def test_an_unknown_name_is_refused():
    done = subprocess.run([*PYTHON, "--only", "rapid-rest", "--binary", harness.BINARY], capture_output=True, text=True)
    assert done.returncode != 0 and "rapid-rest" in done.stderr


def test_an_attack_on_tls_needs_tls():
    done = subprocess.run([*PYTHON, "--only", "handshakes-begun", "--binary", harness.BINARY], capture_output=True, text=True)
    assert done.returncode != 0 and "--tls" in done.stderr


def measured(start=50 * MB, peak=60 * MB, after=52 * MB, p99=(0.002, 0.003), **more):
    return verdict.Measured("a", "1/s", memory=(start, peak, after), p99=p99, **more)


@pytest.mark.parametrize("good", [
    measured(),
    measured(peak=114 * MB),
    measured(after=63 * MB),
    measured(peak=214 * MB, tls_connections=2_500),
    # Twice the 99th percentile before, and 5 ms in any case.
    measured(p99=(0.010, 0.020)),
    measured(p99=(0.0004, 0.005)),
])
def test_what_is_within_the_bounds_is_good(good):
    assert good.failures() == [] and good.row[-1] == "good"


@pytest.mark.parametrize("bad, words", [
    (measured(peak=115 * MB), "65 MB more at the peak"),
    (measured(peak=265 * MB, tls_connections=2_500), "215 MB more at the peak"),
    (measured(after=64 * MB), "14 MB more afterwards"),
    (measured(p99=(0.010, 0.021)), "p99 21.0 ms, 10.0 ms before"),
    (measured(p99=(0.0004, 0.0051)), "p99 5.1 ms, 0.4 ms before"),
    (measured(is_alive=False, after=0), "the server ended"),
    (measured(errors=["refused"]), "1 errors of the good client, such as refused"),
    (measured(findings=["no answer"]), "no answer"),
])
def test_what_is_beyond_a_bound_is_found(bad, words):
    assert bad.failures() == [words]
    assert bad.row[-1] == words and len(bad.row) == len(bad.HEAD)


def test_a_table_is_one_of_markdown():
    lines = verdict.table(["a", "long head"], [["x|y", "two\nlines"], ["1", "2"]]).splitlines()
    assert lines[0] == "| a    | long head |" and lines[1] == "|------|-----------|"
    assert lines[2] == "| x\\|y | two lines |" and lines[3] == "| 1    | 2 |"
