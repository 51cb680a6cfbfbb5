"""Server-sent events of `/v1/models?watch=true`, over both protocols, and their resumption."""

import json

import httpx
import pytest

import harness


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def options(request):
    http2 = request.param == "HTTP/2"
    return {"http2": http2, "http1": not http2, "timeout": httpx.Timeout(30)}


def events(lines):
    """Parses an event stream (HTML, section 9.2): dictionaries of id, event and data."""
    event = {}
    for line in lines:
        if line == "":
            if "data" in event:  # a block without data, such as `retry:` alone, is no event
                yield event
            event = {}
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            event[field] = event[field] + "\n" + value if field == "data" and field in event else value


def kind(event):
    return event.get("event") or json.loads(event["data"])["type"]


def model(event):
    data = json.loads(event["data"])
    return data.get("model", data)


def until(stream, wanted):
    seen = []
    for event in stream:
        seen.append(event)
        if wanted(event):
            return seen
    raise AssertionError(f"the stream ended after {len(seen)} events")


def test_the_list_then_synced_then_changes_and_a_resume(start, options):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 2, "both models")
    with httpx.Client(base_url=server.url, **options) as client:
        with client.stream("GET", "/v1/models", params={"watch": "true"}) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            stream = events(answer.iter_lines())
            first = until(stream, lambda event: kind(event) == "SYNCED")
            assert [kind(event) for event in first] == ["ADDED", "ADDED", "SYNCED"]
            assert {model(event)["id"] for event in first[:-1]} == {"one", "two"}
            synced = first[-1]["id"]
            assert int(synced) > 0

            engine.models = [harness.card("one"), harness.card("three")]
            changes = until(stream, lambda event: kind(event) == "ADDED")
            assert model(changes[-1])["id"] == "three"

        # What was missed while away comes first, and nothing else.
        with client.stream(
            "GET", "/v1/models", params={"watch": "true"}, headers={"last-event-id": synced}) as answer:
            missed = until(events(answer.iter_lines()), lambda event: kind(event) == "SYNCED")
            assert "ADDED" in {kind(event) for event in missed}
            assert "one" not in {model(event)["id"] for event in missed[:-1]}

        # A revision that is unknown is told to start again.
        with client.stream(
            "GET", "/v1/models", params={"watch": "true"}, headers={"last-event-id": str(2**62)}) as answer:
            again = until(events(answer.iter_lines()), lambda event: kind(event) == "SYNCED")
            assert kind(again[0]) == "RESET" and "one" in {model(event).get("id") for event in again[1:-1]}


def test_a_filter_tells_who_enters_and_who_leaves(start, options, administer, admin_pb):
    engine = start.engine([harness.card("one"), harness.card("two")])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 2, "both models")
    admin = administer(server.address)

    def label(id, **labels):
        admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id=id, labels=labels))

    label("one", mark="x")
    asked = {"watch": "true", "filter": "labels.mark = x"}
    with httpx.Client(base_url=server.url, **options) as client:
        with client.stream("GET", "/v1/models", params=asked) as answer:
            stream = events(answer.iter_lines())
            first = until(stream, lambda event: kind(event) == "SYNCED")
            assert [(kind(event), model(event).get("id")) for event in first[:-1]] == [("ADDED", "one")]
            label("two", mark="y")
            label("one", mark="x", more="1")
            label("one")
            label("two", mark="x")
            seen = until(stream, lambda event: model(event)["id"] == "two")
        expected = [("MODIFIED", "one"), ("REMOVED", "one"), ("ADDED", "two")]
        assert [(kind(event), model(event)["id"]) for event in seen] == expected
        assert seen[0]["id"] < seen[1]["id"] < seen[2]["id"]
        with client.stream("GET", "/v1/models", params=asked, headers={"last-event-id": seen[0]["id"]}) as answer:
            missed = until(events(answer.iter_lines()), lambda event: kind(event) == "SYNCED")
            assert [(kind(event), model(event)["id"]) for event in missed[:-1]] == expected[1:]
        bad = client.get("/v1/models", params={"watch": "true", "filter": "replicas.observed_at:*"})
        assert bad.status_code == 400 and bad.json()["error"]["param"] == "filter"


def test_a_quiet_stream_gets_comments(server, options):
    with httpx.Client(base_url=server.url, **options) as client:
        with client.stream("GET", "/v1/models", params={"watch": "true"}) as answer:
            for line in answer.iter_lines():
                if line.startswith(":"):
                    return
    raise AssertionError("no comment")


def test_closing_the_stream_frees_the_watcher(server, options):
    harness.eventually(lambda: server.metric("rollcall_watchers") == 0, "no watcher of the tests before")
    with httpx.Client(base_url=server.url, **options) as client:
        with client.stream("GET", "/v1/models", params={"watch": "true"}) as answer:
            lines = answer.iter_lines()  # kept: dropping it closes the response
            next(lines)
            harness.eventually(lambda: server.metric("rollcall_watchers") == 1, "a watcher")
    harness.eventually(lambda: server.metric("rollcall_watchers") == 0, "no watcher")


@pytest.mark.parametrize("id", ["garbage", "0", "-1", "7", "9" * 30, "x" * 5_000])
def test_a_last_event_id_that_was_never_given_out_is_answered_by_reset(server, options, id):
    """EventSource gives up for good on any answer but 200."""
    with httpx.Client(base_url=server.url, **options) as client:
        with client.stream("GET", "/v1/models", params={"watch": "true"}, headers={"last-event-id": id}) as answer:
            assert answer.status_code == 200
            assert kind(next(events(answer.iter_lines()))) == "RESET"


@pytest.mark.parametrize("cut_after", [1, 2, 5])
def test_a_browser_that_is_cut_after_reset_has_the_whole_list_in_the_end(server, options, cut_after):
    """A browser (HTML, section 9.2) keeps the last id, and sends none when that is empty."""
    last, models, is_synced = "7", {}, False
    with httpx.Client(base_url=server.url, **options) as client:
        for attempt in range(2):
            headers = {"last-event-id": last} if last else {}
            with client.stream("GET", "/v1/models", params={"watch": "true"}, headers=headers) as answer:
                for number, event in enumerate(events(answer.iter_lines()), 1):
                    last = event.get("id", last)
                    if kind(event) == "RESET": models = {}
                    if kind(event) == "ADDED": models[model(event)["id"]] = model(event)
                    is_synced = kind(event) == "SYNCED"
                    if is_synced or (attempt == 0 and number == cut_after): break
            assert is_synced == (attempt == 1)
            if attempt == 0: assert last == ""
    assert set(models) == {model["id"] for model in server.models()}
    assert int(last) > 0
