"""What the documents show is what happens: their commands and programs are run, and their answers compared.

A `console` block has a command after `$ ` and its answer below. A `python` block is run when a `text` block with its
answer follows. What moves (times, ages, ports, tags) is made equal before. The fleet is that of `scripts/run`.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

import httpx
import pytest

import harness

ROOT = pathlib.Path(__file__).parents[2]
REST = ROOT / "Sources/Services/Services.docc/REST.md"
GRPC = ROOT / "Sources/Services/Services.docc/GRPC.md"
COMMANDS = ROOT / "Sources/rollcall/rollcall.docc/CommandLine.md"
ADDRESS = "localhost:8080"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    simulator = harness.Simulator(tmp_path_factory.mktemp("fleet"), engines=4, models=2, adapters=1, replicas=2)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def server(fleet, tmp_path_factory):
    directory = tmp_path_factory.mktemp("documents")
    config = directory / "engines.yaml"
    config.write_text(fleet.config())
    server = harness.Server(directory, "--config", config).ready()
    harness.eventually(lambda: all(engine["ready_replicas"] == 2 for engine in server.models()), "the second replicas")
    yield server
    server.stop()


def blocks(path, language):
    """The fenced blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", path.read_text())


def exchanges(path):
    """The commands of a document's console blocks, each with its answer."""
    for block in blocks(path, "console"):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, answer = part.partition("\n")
            yield command, answer


def examples(path, first):
    """The commands in a document's indented blocks, without what is said of them."""
    return [
        re.sub(r" +# .*", "", line).strip()
        for line in path.read_text().splitlines() if line.startswith(f"    {first} ")]


def still(text):
    """A text without what moves."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"(?m)\b\d+[smhd]$", "AGE", text)
    text = re.sub(r'"created":\d+', '"created":0', text)
    return re.sub(r"\b[0-9a-f]{32}\b", "TAG", text).strip()


def same(answer, told):
    if told.startswith('{"'):
        # Documents wrap what the server writes in one line.
        return json.loads(still(answer)) == json.loads(still(told))
    return still(answer).splitlines() == still(told).splitlines()


def words(command, server):
    """A command of a document for this server, and for the executable under test."""
    first, *rest = shlex.split(command.replace(ADDRESS, server.address))
    if pathlib.PurePath(first).name != "rollcall":
        return [first, *rest]
    return [harness.BINARY, *rest, "--server", server.address]


README = list(exchanges(ROOT / "README.md"))


def test_the_readme_shows_each_way_in():
    shown = " ".join(command for command, _ in README)
    assert all(word in shown for word in ["rollcall list", "rollcall watch", "curl "])
    assert blocks(ROOT / "README.md", "python")


@pytest.mark.parametrize("command, told", [pair for pair in README if "watch" not in pair[0]], ids=lambda text: text[:40])
def test_a_command_of_the_readme_answers_as_it_shows(server, command, told):
    done = subprocess.run(words(command, server), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert same(done.stdout, told), done.stdout


@pytest.mark.parametrize("path", [ROOT / "README.md", REST, GRPC], ids=lambda path: path.name)
def test_a_program_of_a_document_prints_what_it_shows(server, path):
    pairs = re.findall(r"(?ms)^```python\n(.*?)^```$\n+^```text\n(.*?)^```$", path.read_text())
    assert pairs
    for program, told in pairs:
        done = subprocess.run(
            [sys.executable, "-c", program.replace(ADDRESS, server.address)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert same(done.stdout, told), done.stdout


@pytest.mark.parametrize("command", examples(REST, "curl"))
def test_a_request_of_the_document_is_answered(server, fresh, command):
    status = "%{http_code}"
    known = fresh(server)
    command = command.replace('"TAG"', known["etag"]).replace("at_revision=R", f"at_revision={known['revision']}")
    command = re.sub(r"from_time=[^'&]+", f"from_revision={known['revision']}", command)
    done = subprocess.run(
        [*words(command, server), "-s", "-o", "/dev/null", "-w", status, *(["-m", "1"] if "watch=true" in command else [])],
        capture_output=True, text=True, timeout=60)
    assert done.stdout == ("304" if "If-None-Match" in command else "200")


@pytest.fixture
def fresh():
    """What a server tells of the present."""

    def ask(server):
        diff = httpx.get(f"{server.url}/v1/models:diff", params={"from_time": int(time.time())}).raise_for_status().json()
        return {"etag": httpx.get(f"{server.url}/v1/models").headers["etag"], "revision": diff["to_revision"]}

    return ask


def ends(command):
    return command.split()[1] not in ("watch", "top", "limits") or "--once" in command


@pytest.mark.parametrize("command", [*filter(ends, examples(COMMANDS, "rollcall"))])
def test_a_command_of_the_document_is_understood(server, fresh, command):
    command = re.sub(r"--at-revision \d+", lambda _: f"--at-revision {fresh(server)['revision']}", command)
    done = subprocess.run(words(command, server), capture_output=True, text=True, timeout=60)
    # A moment of the documents may be before what this server knows: that is no mistake in the command (64).
    assert done.returncode == 0 or " diff " in command and done.returncode == 1, done.stderr


def test_a_watch_shows_what_the_readme_shows_when_an_engine_goes(start, fleet, server):
    (command, told), = [pair for pair in README if "watch" in pair[0]]
    watch = start.process("watch", *words(command, server))
    watch.wait_for(r"at revision \d+")
    before = len(watch.output())
    fleet.set(1, "gone")
    try:
        lines = harness.eventually(
            lambda: len(found := watch.output()[before:].splitlines()) >= len(told.splitlines()) and found, "the changes")
        assert same("\n".join(lines), told), lines
    finally:
        fleet.set(1, "ok")


def test_what_scripts_run_starts_is_what_is_tested_here():
    text = (ROOT / "scripts/run").read_text()
    assert "simulate --engines 4 --models 2 --adapters 1 " in text and "serve --listen 127.0.0.1:8080" in text
