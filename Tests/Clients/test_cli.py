"""The CLI against a running server: tables for people, JSON and YAML for scripts, a watch that survives a restart."""

import json
import signal

import pytest
import yaml

import harness


def test_list_is_a_table(server):
    out = harness.run("list", "--server", server.address)
    lines = out.splitlines()
    ids = [model["id"] for model in server.models()]
    assert len(lines) == len(ids) + 1 and lines[0].split()[0].isupper()
    for id, line in zip(sorted(ids, key=lambda id: id.encode()), lines[1:]):
        assert id in line and "READY" in line


@pytest.mark.parametrize("format, parse", [("json", json.loads), ("yaml", yaml.safe_load)])
def test_list_for_scripts(server, format, parse):
    parsed = parse(harness.run("list", "--server", server.address, "--output", format))
    models = parsed if isinstance(parsed, list) else parsed["models"]
    assert {model["id"] for model in models} == set(server.states())


def test_get(server):
    for format, parse in [("json", json.loads), ("yaml", yaml.safe_load)]:
        model = parse(harness.run("get", "a/b/c/d", "--server", server.address, "--output", format))
        assert (model["id"], model["state"], model["kind"]) == ("a/b/c/d", "READY", "BASE")
    assert "a/b/c/d" in harness.run("get", "a/b/c/d", "--server", server.address)


def test_get_of_an_unknown_model_fails_with_a_message(server):
    done = harness.run("get", "no/such", "--server", server.address, check=False)
    assert done.returncode not in (0, -4, -5, -6, -11) and "no/such" in done.stderr


@pytest.mark.parametrize("command", [["list"], ["get", "x"]])
def test_no_server_is_told_at_once(command):
    done = harness.run(*command, "--server", "127.0.0.1:1", check=False, timeout=20)
    assert done.returncode not in (0, -4, -5, -6, -11) and "127.0.0.1:1" in done.stderr


def test_watch_prints_changes_and_resumes_after_a_restart(start):
    engine = start.engine([harness.card("one")])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: server.states() == {"one": "READY"}, "the model")
    watch = start.process("watch", harness.BINARY, "watch", "--server", server.address)
    watch.wait_for(r"ADDED\s.*\bone\b")
    engine.models = [harness.card("one"), harness.card("two")]
    watch.wait_for(r"ADDED\s.*\btwo\b")

    server.kill()
    engine.models = [harness.card("one"), harness.card("three")]
    again = start.process(
        "serve-again", harness.BINARY, "serve", "--listen", server.address, "--engine", engine.url,
        "--probe-interval", "200ms", "--in-memory")
    again.wait_for("listening on")
    watch.wait_for(r"ADDED\s.*\bthree\b", timeout=40)
    assert watch.child.poll() is None
    watch.signal(signal.SIGINT)
    assert watch.wait(10) in (0, 130, -signal.SIGINT)


def test_watch_as_json_is_one_object_a_line(start, server):
    watch = start.process("watch", harness.BINARY, "watch", "--server", server.address, "--output", "json")
    watch.wait_for("SYNCED")
    lines = [json.loads(line) for line in watch.output().splitlines() if line.startswith("{")]
    assert {line["type"] for line in lines} == {"ADDED", "SYNCED"}
    assert {line["model"]["id"] for line in lines if line["type"] == "ADDED"} == set(server.states())


def test_help_and_version():
    for command in ([], ["serve"], ["list"], ["get"], ["watch"], ["simulate"]):
        assert "USAGE: rollcall" in harness.run(*command, "--help")
