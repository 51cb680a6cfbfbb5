"""The past and what changed since, by grpcio and httpx."""

import types

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2

import harness
from details import details, reason
from watching import until


@pytest.fixture
def lived(start, connect):
    """A server whose list went from a and b to b (with another root) and c, and the revisions of both."""
    engine = start.engine([harness.card("a"), harness.card("b", root="/old")])
    server = start.server("--engine", engine.url).ready()
    catalog = connect(server)
    first = settle(catalog, {"a": None, "b": "/old"})
    engine.models = [harness.card("b", root="/new"), harness.card("c")]
    second = settle(catalog, {"b": "/new", "c": None})
    return types.SimpleNamespace(server=server, catalog=catalog, engine=engine, first=first, second=second)


def settle(catalog, roots):
    """Waits until the list is this; its revision."""
    from rollcall.v1 import catalog_pb2

    def look():
        page = catalog.ListModels(catalog_pb2.ListModelsRequest())
        seen = {model.id: model.root for model in page.models}
        same = seen.keys() == roots.keys() and all(root in (None, seen[id]) for id, root in roots.items())
        return page.revision if same else None

    return harness.eventually(look, f"a list of {roots}")


def test_a_list_and_a_model_are_read_as_they_were(lived, pb):
    then = lived.catalog.ListModels(pb.ListModelsRequest(at_revision=lived.first))
    assert [model.id for model in then.models] == ["a", "b"]
    assert then.revision == lived.first and then.total_size == 2
    now = lived.catalog.ListModels(pb.ListModelsRequest(at_revision=lived.second))
    assert [model.id for model in now.models] == ["b", "c"]
    for revision, root in ((lived.first, "/old"), (lived.second, "/new"), (0, "/new")):
        assert lived.catalog.GetModel(pb.GetModelRequest(id="b", at_revision=revision)).root == root
    full = lived.catalog.GetModel(pb.GetModelRequest(id="b", at_revision=lived.first, view=pb.FULL))
    assert len(full.replicas) == 1 and not full.replicas[0].HasField("observed_at")
    with pytest.raises(grpc.RpcError) as caught:
        lived.catalog.GetModel(pb.GetModelRequest(id="c", at_revision=lived.first))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_revision_that_is_not_known_is_out_of_range(lived, pb):
    future = lived.second + 10_000_000
    for request, why in (({"at_revision": 1}, "REVISION_COMPACTED"), ({"at_revision": future}, "REVISION_IN_FUTURE")):
        for call in (
            lambda: lived.catalog.ListModels(pb.ListModelsRequest(**request)),
            lambda: lived.catalog.GetModel(pb.GetModelRequest(id="b", **request)),
            lambda: lived.catalog.DiffModels(pb.DiffModelsRequest(from_revision=request["at_revision"])),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call()
            assert caught.value.code() == grpc.StatusCode.OUT_OF_RANGE
            assert reason(caught.value) == why
    metadata = details(caught.value, error_details_pb2.ErrorInfo).metadata
    assert int(metadata["head"]) >= lived.second


def test_a_diff_has_what_is_not_the_same(lived, pb):
    answer = lived.catalog.DiffModels(pb.DiffModelsRequest(from_revision=lived.first))
    assert [difference.type for difference in answer.differences] == [pb.REMOVED, pb.MODIFIED, pb.ADDED]
    assert answer.differences[0].before.id == "a" and not answer.differences[0].HasField("after")
    assert (answer.differences[1].before.root, answer.differences[1].after.root) == ("/old", "/new")
    assert answer.differences[2].after.id == "c" and not answer.differences[2].HasField("before")
    assert answer.total_size == 3 and not answer.next_page_token
    assert (answer.from_revision, answer.to_revision) == (lived.first, lived.second)
    assert answer.to_time.ToNanoseconds() >= answer.from_time.ToNanoseconds() > 0

    back = pb.DiffModelsRequest(from_time=answer.from_time, to_time=answer.to_time)
    assert lived.catalog.DiffModels(back) == answer, "the same moments by their times"
    none = lived.catalog.DiffModels(pb.DiffModelsRequest(from_revision=lived.first, to_revision=lived.first))
    assert not none.differences and none.total_size == 0


def test_pages_of_a_diff_show_the_same_two_revisions(lived, pb):
    lived.engine.models = [harness.card(f"m{number:03}") for number in range(150)]
    harness.eventually(lambda: lived.catalog.ListModels(pb.ListModelsRequest()).total_size == 150, "150 models")
    request = pb.DiffModelsRequest(from_revision=lived.second, page_size=40, view=pb.FULL)
    seen, marks = [], set()
    while True:
        page = lived.catalog.DiffModels(request)
        assert page.total_size == 152 and len(page.differences) <= 40
        marks.add((page.from_revision, page.to_revision))
        seen += [(difference.after.id or difference.before.id) for difference in page.differences]
        if not page.next_page_token:
            break
        lived.engine.models = lived.engine.models[1:]
        request.page_token = page.next_page_token
    assert seen == ["b", "c", *(f"m{number:03}" for number in range(150))]
    assert len(marks) == 1


@pytest.mark.parametrize(
    "request_, field",
    [
        ({}, "from_revision"),
        ({"from_revision": 7, "to_revision": 6}, "to_revision"),
        ({"from_revision": 7, "filter": "x ="}, "filter"),
        ({"from_revision": 7, "page_token": "garbage"}, "page_token"),
    ])
def test_bad_input_names_its_field(catalog, pb, request_, field):
    with pytest.raises(grpc.RpcError) as caught:
        catalog.DiffModels(pb.DiffModelsRequest(**request_))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    violations = details(caught.value, error_details_pb2.BadRequest).field_violations
    assert [violation.field for violation in violations] == [field]


def test_a_moment_that_does_not_exist_is_bad_input(catalog, pb):
    request = pb.DiffModelsRequest()
    request.from_time.nanos = -1
    with pytest.raises(grpc.RpcError) as caught:
        catalog.DiffModels(request)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_watch_resumes_from_the_revision_that_a_diff_ends_with(lived, pb):
    answer = lived.catalog.DiffModels(pb.DiffModelsRequest(from_revision=lived.first))
    stream = lived.catalog.WatchModels(pb.WatchModelsRequest(start_revision=answer.to_revision), timeout=30)
    assert [event.type for event in until(stream, lambda event: event.type == pb.SYNCED)] == [pb.SYNCED]
    stream.cancel()


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(request, lived):
    http2 = request.param == "HTTP/2"
    with httpx.Client(base_url=lived.server.url, http2=http2, http1=not http2, timeout=20) as client:
        yield client


def test_rest_reads_the_past_and_its_tags_hold(client, lived):
    then = client.get("/v1/models", params={"at_revision": lived.first})
    assert [entry["id"] for entry in then.json()["data"]] == ["a", "b"]
    assert client.get("/v1/models/b", params={"at_revision": lived.first}).json()["root"] == "/old"
    assert client.get("/v1/models/b").json()["root"] == "/new"
    assert client.get("/v1/models/c", params={"at_revision": lived.first}).json()["error"]["code"] == "model_not_found"
    again = client.get("/v1/models", params={"at_revision": lived.first}, headers={"if-none-match": then.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    head = client.head("/v1/models", params={"at_revision": lived.first})
    assert head.status_code == 200 and head.content == b"" and head.headers["etag"] == then.headers["etag"]


def test_rest_tells_why_the_past_cannot_be_read(client, lived):
    for path, parameter in (("/v1/models", "at_revision"), ("/v1/models/b", "at_revision"), ("/v1/models:diff", "from_revision")):
        for revision, code in ((1, "revision_compacted"), (lived.second + 10_000_000, "revision_in_future")):
            answer = client.get(path, params={parameter: revision})
            assert answer.status_code == 400 and answer.json()["error"]["code"] == code


def test_rest_tells_what_changed(client, lived):
    answer = client.get("/v1/models:diff", params={"from_revision": lived.first})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert (body["object"], body["from_revision"], body["to_revision"]) == ("diff", lived.first, lived.second)
    assert [difference["type"] for difference in body["data"]] == ["REMOVED", "MODIFIED", "ADDED"]
    assert body["data"][0]["before"]["id"] == "a" and body["data"][0]["after"] is None
    assert body["data"][1]["after"] == client.get("/v1/models/b").json()
    assert body["has_more"] is False and body["total_size"] == 3

    head = client.head("/v1/models:diff", params={"from_revision": lived.first})
    assert head.status_code == 200 and head.content == b""
    by_time = client.get("/v1/models:diff", params={"from_time": body["from_time"], "to_time": body["to_time"]})
    assert by_time.json() == body
    seen, after = [], None
    while True:
        parameters = {"from_revision": lived.first, "limit": 2} | ({"after": after} if after else {})
        page = client.get("/v1/models:diff", params=parameters).json()
        seen += page["data"]
        after = page["last_id"]
        if not page["has_more"]:
            break
    assert seen == body["data"]
