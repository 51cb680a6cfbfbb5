"""The command-line clients of Debian: curl, nghttp, h2load."""

import json
import re
import shutil
import subprocess

import pytest


def run(*command, timeout=100):
    if not shutil.which(command[0]):
        pytest.fail(f"{command[0]} is missing; scripts/test installs it")
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("protocol, version", [("--http1.1", "1.1"), ("--http2-prior-knowledge", "2"), ("--http1.0", "1.0")])
def test_curl(server, protocol, version):
    out = run("curl", "-sS", "-w", "\n%{http_version} %{http_code}", protocol, f"{server.url}/v1/models")
    body, told = out.rsplit("\n", 1)
    assert told == (f"{version} 200" if version != "1.0" else told) and told.endswith(" 200")
    assert len(json.loads(body)["data"]) > 100


def test_curl_upgrade_to_h2c_falls_back_to_http_1(server):
    """`Upgrade: h2c` is obsolete (RFC 9113, 3.1); a server may ignore it, and ours does."""
    out = run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--http2", f"{server.url}/v1/models")
    assert out == "1.1 200"


def test_nghttp(server):
    out = run("nghttp", "-v", "-n", f"{server.url}/v1/models", f"{server.url}/v1/models/a/b/c/d")
    assert len(re.findall(r":status: 200", out)) == 2
    assert "SETTINGS" in out and "recv (stream_id=" in out


def test_nghttp_in_small_windows(server):
    out = run("nghttp", "-w", "4", "-W", "4", f"{server.url}/v1/models")
    assert len(json.loads(out)["data"]) > 100


def h2load(*arguments):
    out = run("h2load", *arguments)
    done = re.search(
        r"requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", out)
    assert done, out
    return [int(number) for number in done.groups()] + [re.search(r"status codes: (.*)", out)[1]]


@pytest.mark.alone
def test_h2load_a_hundred_thousand_requests(server, note):
    total, succeeded, failed, errored, timeout, codes = h2load(
        "-n", 100_000, "-c", 16, "-m", 32, f"{server.url}/v1/models/a/b/c/d")
    assert (total, succeeded, failed, errored, timeout) == (100_000, 100_000, 0, 0, 0), codes


@pytest.mark.alone
def test_h2load_grpc(server, pb, tmp_path):
    message = pb.GetModelRequest(id="a/b/c/d").SerializeToString()
    body = tmp_path / "request"
    body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
    total, succeeded, failed, errored, timeout, codes = h2load(
        "-n", 20_000, "-c", 8, "-m", 32, "-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers",
        f"{server.url}/rollcall.v1.ModelCatalog/GetModel")
    assert (total, succeeded, failed, errored, timeout) == (20_000, 20_000, 0, 0, 0), codes


@pytest.mark.alone
def test_h2load_over_http_1(server):
    total, succeeded, failed, errored, timeout, codes = h2load(
        "--h1", "-n", 10_000, "-c", 16, f"{server.url}/v1/models/a/b/c/d")
    assert (total, succeeded, failed, errored, timeout) == (10_000, 10_000, 0, 0, 0), codes
