"""REST by httpx, over HTTP/1.1 and over HTTP/2 with prior knowledge: the same answers."""

import time
from urllib.parse import quote

import httpx
import pytest


VARY = {"authorization", "accept", "accept-encoding", "anthropic-version"}


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(request, server):
    http2 = request.param == "HTTP/2"
    # The tag of a list depends on its coding, and that on who asked before: httpx would accept gzip unless told otherwise.
    plain = {"accept-encoding": "identity"}
    with httpx.Client(base_url=server.url, http2=http2, http1=not http2, timeout=20, headers=plain) as client:
        assert client.get("/healthz").http_version == request.param
        yield client


def test_the_list_is_complete_and_shaped_as_openai_does(client, odd_ids):
    answer = client.get("/v1/models")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert body["object"] == "list" and len(body["data"]) == 3 * (40 + 2) + len(odd_ids)
    entry = next(entry for entry in body["data"] if entry["id"] == "sim-org/model-000")
    assert entry["object"] == "model" and isinstance(entry["created"], int)
    assert entry["max_model_len"] == entry["context_length"] > 0
    assert (entry["kind"], entry["state"], entry["namespace"]) == ("BASE", "READY", "default")
    assert entry["display_name"]


def test_both_protocols_say_the_same(server):
    with httpx.Client(base_url=server.url, http2=True, http1=False) as two, httpx.Client(base_url=server.url) as one:
        a, b = (client.get("/v1/models", headers={"accept-encoding": "identity"}) for client in (one, two))
        assert a.content == b.content and a.headers["etag"] == b.headers["etag"]


def test_an_adapter_has_a_parent_and_its_context_length(client):
    data = client.get("/v1/models").json()["data"]
    adapter = next(entry for entry in data if entry["kind"] == "ADAPTER")
    parent = next(entry for entry in data if entry["id"] == adapter["parent"])
    assert adapter["context_length"] == parent["context_length"]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/sim-org/model-000"])
def test_an_etag_saves_the_second_answer(client, path):
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"') and tag.endswith('"')
    assert {word.strip() for word in first.headers["cache-control"].split(",")} == {"private", "no-cache"}
    assert {word.strip().lower() for word in first.headers["vary"].split(",")} == VARY
    for condition in (tag, f'"other", {tag}', "*", f"W/{tag}"):
        again = client.get(path, headers={"if-none-match": condition})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag, condition
    for condition in ('"other"', tag.strip('"')):
        assert client.get(path, headers={"if-none-match": condition}).status_code == 200, condition
    assert client.get(path).headers["etag"] == tag


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/sim-org/model-000", "/healthz", "/readyz", "/metrics"])
def test_head_is_get_without_a_body(client, path):
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    if path != "/metrics":  # its numbers move
        assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.content))


def test_every_id_is_reachable_by_its_encoded_path(client, odd_ids):
    for id in odd_ids:
        answer = client.get("/v1/models/" + quote(id, safe=""))
        assert answer.status_code == 200 and answer.json()["id"] == id


def test_slashes_may_stay_raw(client):
    for id in ("meta-llama/Llama-3.1-8B", "a/b/c/d"):
        raw, encoded = client.get(f"/v1/models/{id}"), client.get("/v1/models/" + quote(id, safe=""))
        assert raw.json() == encoded.json() and raw.headers["etag"] == encoded.headers["etag"]


@pytest.mark.parametrize("id", ["nothing", "no/such/model", "meta-llama", "%00", "%ff", "%zz", "..", "x" * 512])
def test_an_unknown_model_is_an_openai_error(client, id):
    answer = client.get(httpx.URL(str(client.base_url)).copy_with(raw_path=f"/v1/models/{id}".encode()))
    assert answer.status_code in ({404} if "%" not in id and id != ".." else {400, 404})
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    if answer.status_code == 404 and id not in {".."}:
        assert error["code"] == "model_not_found"


def test_an_id_that_no_model_can_have_is_refused_and_not_repeated(client):
    answer = client.get("/v1/models/" + "x" * 2000)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "model"
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/models", "/v1/modelsx", "/rollcall.v1.ModelCatalog/Nothing"])
def test_an_unknown_route_is_an_error_object(client, path):
    if path == "/":
        pytest.skip("the page has an issue of its own")
    answer = client.get(path)
    assert answer.status_code == 404 and answer.json()["error"]["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/a/b/c/d", "/v1/models:diff", "/healthz", "/metrics"])
def test_a_wrong_method_is_told_the_right_ones(client, method, path):
    answer = client.request(method, path, content=b"{}" if method != "DELETE" else None)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= {word.strip() for word in answer.headers["allow"].split(",")}
    assert client.get("/healthz").status_code == 200


def test_probes_and_metrics(client):
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    families = [line.split()[2] for line in metrics.text.splitlines() if line.startswith("# TYPE")]
    series = [line.rsplit(" ", 1)[0] for line in metrics.text.splitlines() if not line.startswith("#")]
    assert {"rollcall_models", "rollcall_engines", "rollcall_watchers", "rollcall_probes_total"} < set(families)
    assert len(set(families)) == len(families) and len(set(series)) == len(series), "Prometheus refuses doubles"


def test_a_connection_serves_many_requests(client):
    for _ in range(300):
        assert client.get("/v1/models/a/b/c/d").status_code == 200


def test_a_query_that_does_not_parse_names_its_parameter(client):
    for name, value in [("filter", "state ="), ("order_by", "nothing"), ("limit", "0"), ("page_token", "x")]:
        answer = client.get("/v1/models", params={name: value})
        assert answer.status_code == 400 and answer.json()["error"]["param"] == name


def test_links_lead_through_a_filtered_list(client):
    parameters = {"filter": "kind = BASE", "order_by": "id desc"}
    whole = client.get("/v1/models", params=parameters).json()["data"]
    found, answer = [], client.get("/v1/models", params=parameters | {"limit": 7})
    while True:
        found += answer.json()["data"]
        assert answer.json()["has_more"] == ("next" in answer.links)
        if "next" not in answer.links:
            break
        answer = client.get(answer.links["next"]["url"])
    assert found == whole and len(found) > 40
    assert [entry["id"] for entry in found] == sorted((entry["id"] for entry in found), key=str.encode, reverse=True)


def test_gzip_comes_when_it_is_made(client):
    plain = client.get("/v1/models")
    deadline = time.monotonic() + 20
    packed = client.get("/v1/models", headers={"accept-encoding": "gzip"})
    while "content-encoding" not in packed.headers and time.monotonic() < deadline:
        packed = client.get("/v1/models", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert packed.headers["etag"] != plain.headers["etag"]
    for tag in (packed.headers["etag"], plain.headers["etag"]):
        again = client.get("/v1/models", headers={"if-none-match": tag})
        assert again.status_code == 304 and again.headers["etag"] == tag


def test_the_shape_is_the_clients(client):
    ids = [entry["id"] for entry in client.get("/v1/models").json()["data"]]
    anthropic = {"anthropic-version": "2023-06-01"}
    answer = client.get("/v1/models", params={"limit": 1000}, headers=anthropic).json()
    assert set(answer) == {"data", "has_more", "first_id", "last_id"}
    assert [entry["id"] for entry in answer["data"]] == ids
    assert (answer["has_more"], answer["first_id"], answer["last_id"]) == (False, ids[0], ids[-1])
    assert client.get("/v1/models/none", headers=anthropic).json()["error"]["type"] == "not_found_error"
    codex = client.get("/v1/models", params={"client_version": "0.99.0"}, headers=anthropic)
    assert [model["slug"] for model in codex.json()["models"]] == ids
    assert codex.headers["x-models-etag"] == codex.headers["etag"]
