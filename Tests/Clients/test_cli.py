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
    for command in ([], ["serve"], ["list"], ["get"], ["watch"], ["diff"], ["label"], ["simulate"]):
        assert "USAGE: rollcall" in harness.run(*command, "--help")


@pytest.fixture
def labelled(start):
    """A server over one engine, two models, one of which was labelled since."""
    server = start.server("--engine", start.engine([harness.card("a/one"), harness.card("two")]).url).ready()
    before = json.loads(harness.run("get", "a/one", "--server", server.address, "--output", "json"))
    model = json.loads(harness.run("label", "a/one", "tier=gold", "--server", server.address, "--output", "json"))
    assert model["labels"] == {"tier": "gold"}
    return server, before, model


def test_diff_and_the_past(labelled):
    server, before, model = labelled
    out = harness.run("diff", before["revision"], "--server", server.address)
    assert [line.split() for line in out.splitlines()[1:]] == [["MODIFIED", "READY", "1/1", "a/one", "labels"]]
    diff = json.loads(harness.run("diff", before["revision"], "--server", server.address, "--output", "json"))
    assert [(one["type"], one["before"], one["after"]) for one in diff["differences"]] == [("MODIFIED", before, model)]
    assert (diff["from_revision"], diff["to_revision"]) == (before["revision"], model["revision"])
    now = harness.run("diff", diff["to_time"], "--server", server.address)
    assert now == "no changes\n"
    past = ["--at-revision", before["revision"], "--server", server.address, "--output", "json"]
    assert json.loads(harness.run("get", "a/one", *past)) == before
    assert before in json.loads(harness.run("list", *past))


def ids(*command):
    parsed = json.loads(harness.run(*command, "--output", "json"))
    return [model["id"] for model in parsed]


def test_list_by_filter_order_and_limit(server):
    all = sorted(server.states(), key=str.encode)
    address = ["--server", server.address]
    assert ids("list", *address) == all
    assert ids("list", *address, "--order-by", "id desc") == all[::-1]
    assert ids("list", *address, "--limit", "2") == all[:2]
    assert ids("list", *address, "--order-by", "id desc", "--limit", "1") == all[-1:]
    assert ids("list", *address, "--filter", f'id = "{all[0]}"') == all[:1]
    assert ids("list", *address, "--filter", f'-id = "{all[0]}" AND state = READY') == all[1:]
    assert harness.run("list", *address, "--filter", "state = FAILED") == "no models\n"


@pytest.mark.parametrize("command, option, text, place", [
    (["list"], "--filter", "state = READY AND stat = x", 19),
    (["list"], "--order-by", "id, size", 5),
    (["diff", "10m"], "--filter", "(id = x", 1),
    (["watch"], "--filter", "max_model_len > many", 17),
])
def test_what_is_wrong_with_a_filter_is_shown(server, command, option, text, place):
    done = harness.run(*command, "--server", server.address, option, text, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and lines[-2:] == [f"  {text}", f"  {' ' * (place - 1)}^"], done
    assert option[2:].replace("-", "_") in lines[0] and f"character {place}" in lines[0]


def test_a_watch_by_filter_tells_what_leaves_it(labelled, start):
    server, before, model = labelled
    watch = start.process(
        "watch", harness.BINARY, "watch", "--server", server.address, "--filter", "labels.tier = gold")
    watch.wait_for(r"ADDED\s.*\ba/one\b")
    harness.run("label", "two", "tier=gold", "--server", server.address)
    watch.wait_for(r"ADDED\s.*\btwo\b")
    harness.run("label", "a/one", "tier=silver", "--server", server.address)
    watch.wait_for(r"REMOVED\s.*\ba/one\b")
    diff = harness.run(
        "diff", before["revision"], "--server", server.address, "--filter", "labels.tier = gold", "--output", "json")
    assert [(one["type"], one["after"]["id"]) for one in json.loads(diff)["differences"]] == [("ADDED", "two")]


def test_moments_that_are_not_known_are_told(labelled):
    server, *_ = labelled
    for moment, said in [("1h", "OUT_OF_RANGE"), ("7", "OUT_OF_RANGE"), ("later", "write a clock time such as 14:03")]:
        done = harness.run("diff", moment, "--server", server.address, check=False)
        assert done.returncode in (1, 64) and said in done.stderr, done


def test_labels_are_replaced_compared_and_taken_away(labelled):
    server, before, model = labelled
    late = harness.run("label", "a/one", "x=y", "--etag", before["etag"], "--server", server.address, check=False)
    assert late.returncode == 1 and "a/one" in late.stderr and "--etag" in late.stderr
    harness.run("label", "a/one", "x=y", "--etag", model["etag"], "--server", server.address)
    assert server.model("a/one")["labels"] == {"x": "y"}
    nothing = harness.run("label", "a/one", "--server", server.address, check=False)
    assert nothing.returncode == 64 and "--clear" in nothing.stderr
    harness.run("label", "a/one", "--clear", "--server", server.address)
    assert server.model("a/one")["labels"] == {}
    harness.run("label", "a/one", "x=y", "b=1", "--server", server.address)
    out = harness.run("label", "a/one", "tier=gold", "--keep", "--server", server.address)
    assert out.splitlines()[-2:] == ["labels: b=1, tier=gold, x=y", "before: b=1, x=y"]
    out = harness.run("label", "a/one", "x=z", "b-", "--server", server.address)
    assert out.splitlines()[-2:] == ["labels: tier=gold, x=z", "before: b=1, tier=gold, x=y"]
    out = harness.run("label", "a/one", "x=z", "--keep", "--server", server.address)
    assert out.splitlines()[-1] == "labels: tier=gold, x=z"
    assert server.model("a/one")["labels"] == {"tier": "gold", "x": "z"}
    unknown = harness.run("label", "no/such", "x=y", "--server", server.address, check=False)
    assert unknown.returncode == 1 and "no/such" in unknown.stderr
