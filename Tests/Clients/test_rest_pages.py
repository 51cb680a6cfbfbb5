"""Pages, filters and orders of `/v1/models` by httpx, while models come and go."""

import itertools

import httpx
import pytest

import harness
from paging import links


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(request, server):
    http2 = request.param == "HTTP/2"
    with httpx.Client(base_url=server.url, http2=http2, http1=not http2, timeout=20) as client:
        yield client


def entries(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(answer):
    return [entry["id"] for entry in entries(answer)]


def test_links_lead_through_the_whole_list(client):
    whole = entries(client.get("/v1/models"))
    pages = list(links(client, "/v1/models", params={"limit": 17}))
    assert [entry for page in pages for entry in entries(page)] == whole
    for page in pages:
        body = page.json()
        assert body["object"] == "list" and len(body["data"]) <= 17
        assert (body["first_id"], body["last_id"]) == (body["data"][0]["id"], body["data"][-1]["id"])
        assert body["has_more"] is (page is not pages[-1])
    assert "link" not in pages[-1].headers
    plain = client.get("/v1/models").json()
    assert "link" not in client.get("/v1/models").headers and not plain.get("has_more")


def test_links_keep_what_was_asked_for(client):
    asked = {"limit": 5, "filter": 'id:model OR id = "100%"', "order_by": "id desc", "view": "full", "namespace": "default"}
    pages = list(links(client, "/v1/models", params=asked))
    assert len(pages) > 3
    found = [entry for page in pages for entry in entries(page)]
    whole = ids(client.get("/v1/models"))
    assert [entry["id"] for entry in found] == sorted((id for id in whole if "model" in id or id == "100%"), reverse=True)
    assert all(entry["replicas"] for entry in found)


def test_ids_lead_through_the_whole_list_both_ways(client):
    whole = ids(client.get("/v1/models"))
    for name in ("after", "after_id"):
        seen, after = [], {}
        while True:
            body = client.get("/v1/models", params={"limit": 20, **after}).json()
            seen += [entry["id"] for entry in body["data"]]
            if not body["has_more"]:
                break
            after = {name: body["last_id"]}
        assert seen == whole
    seen, before = [], {"before_id": whole[-1]}
    while True:
        body = client.get("/v1/models", params={"limit": 20, **before}).json()
        seen = [entry["id"] for entry in body["data"]] + seen
        if not body["has_more"]:
            break
        before = {"before_id": body["first_id"]}
    assert seen == whole[:-1]


def test_filters_and_orders_are_those_of_grpc(client, catalog, pb):
    for text, order in itertools.product(
        ["", "kind = ADAPTER", "id:model-00 -kind = ADAPTER", "naïve OR space", 'id = "*%"'],
        ["", "id desc", "max_model_len desc, id", "kind,id desc"]):
        page = catalog.ListModels(pb.ListModelsRequest(filter=text, order_by=order, page_size=1000))
        assert ids(client.get("/v1/models", params={"filter": text, "order_by": order})) == [m.id for m in page.models]


def test_a_page_of_nothing(client):
    body = client.get("/v1/models", params={"filter": "id = nothing", "limit": 3}).json()
    assert body["data"] == [] and body["has_more"] is False
    assert body["first_id"] is None and body["last_id"] is None


def test_a_page_has_a_tag_of_its_facts(client):
    asked = {"limit": 9, "filter": "kind = BASE"}
    first, other = itertools.islice(links(client, "/v1/models", params=asked), 2)
    assert first.headers["etag"] != other.headers["etag"]
    again = client.get("/v1/models", params=asked, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"") and again.headers["etag"] == first.headers["etag"]
    missed = client.get("/v1/models", params=asked, headers={"if-none-match": other.headers["etag"]})
    assert missed.status_code == 200 and missed.content == first.content
    moving = client.get("/v1/models", params={**asked, "view": "full"})
    assert "etag" not in moving.headers and moving.headers["cache-control"] == "no-store"


def test_pages_show_one_moment_while_models_come_and_go(start):
    simulator = start.simulator(engines=6, models=30)
    server = start.serving(simulator, "--forget-after", "1s")
    harness.eventually(lambda: len(server.models()) == 180, "180 models")
    with httpx.Client(base_url=server.url, timeout=20) as client:
        whole = entries(client.get("/v1/models"))
        turns = itertools.cycle([("0", "gone"), ("1", "gone"), ("0", "ok"), ("2-3", "gone"), ("1-3", "ok")])
        counts = set()

        def disturb():
            simulator.set(*next(turns))
            counts.add(len(entries(client.get("/v1/models", params={"filter": "state = READY"}))))

        pages = list(links(client, "/v1/models", disturb, params={"limit": 10}))
        assert [entry for page in pages for entry in entries(page)] == whole
        harness.eventually(lambda: disturb() or len(counts) > 1, "a list that has changed meanwhile")


def test_a_link_that_has_expired_leads_to_the_present(start, tmp_path):
    engine = start.engine([harness.card(f"m{number:02}") for number in range(20)])
    arguments = ["--engine", engine.url, "--data", tmp_path / "data", "--history-changes", "100"]
    server = start.server(*arguments).ready()
    harness.eventually(lambda: len(server.models()) == 20, "20 models")
    first = httpx.get(f"{server.url}/v1/models", params={"limit": 5})
    kept = engine.models[::2] + [harness.card("m99")]
    # More changes than are kept.
    engine.models = [harness.card(f"n{number:03}") for number in range(200)]
    harness.eventually(lambda: len(server.models()) == 200, "200 models")
    engine.models = kept
    harness.eventually(lambda: len(server.models()) == 11, "11 models")
    assert server.drain() == 0
    server = start.server(*arguments).ready()
    with httpx.Client(base_url=server.url, timeout=20) as client:
        expired = client.get(first.links["next"]["url"])
        assert expired.status_code == 410
        assert expired.json()["error"]["code"] == "page_token_expired"
        pages = list(links(client, expired.links["next"]["url"]))
        assert [entry["id"] for page in pages for entry in entries(page)] == [
            *(f"m{number:02}" for number in range(6, 20, 2)), "m99"]


def test_links_and_the_past_hold_across_a_restart(start, tmp_path):
    engine = start.engine([harness.card(f"m{number:02}") for number in range(20)])
    arguments = ["--engine", engine.url, "--data", tmp_path / "data"]
    server = start.server(*arguments).ready()
    harness.eventually(lambda: len(server.models()) == 20, "20 models")
    whole = httpx.get(f"{server.url}/v1/models", headers={"accept-encoding": "identity"})
    first = httpx.get(f"{server.url}/v1/models", params={"limit": 5, "order_by": "id desc"})
    with httpx.stream("GET", f"{server.url}/v1/models", params={"watch": "true", "filter": "id = none"}) as answer:
        revision = next(line for line in answer.iter_lines() if line.startswith("id:")).split()[1]
    engine.models = engine.models[:3]
    harness.eventually(lambda: len(server.models()) == 3, "3 models")
    assert server.drain() == 0
    server = start.server(*arguments).ready()
    with httpx.Client(base_url=server.url, timeout=20) as client:
        rest = list(links(client, first.links["next"]["url"]))
        seen = [entry["id"] for page in [first, *rest] for entry in entries(page)]
        assert seen == [f"m{number:02}" for number in range(19, -1, -1)]
        past = client.get("/v1/models", params={"at_revision": revision}, headers={"accept-encoding": "identity"})
        assert past.content == whole.content and past.headers["etag"] == whole.headers["etag"]
        asked = {"at_revision": revision, "filter": "id < m10", "limit": 3}
        pages = list(links(client, "/v1/models", params=asked))
        assert [entry["id"] for page in pages for entry in entries(page)] == [f"m{number:02}" for number in range(10)]
