"""The shapes of `/v1/models` that Anthropic's package, Claude Code and Codex read."""

import datetime

import anthropic
import httpx
import pytest

from paging import links


@pytest.fixture
def claude(server):
    with anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def whole(server):
    return [model["id"] for model in server.models()]


def test_anthropic_pages_through_every_model(claude, whole):
    first = claude.models.list(limit=20)
    assert [model.id for model in first.data] == whole[:20]
    assert first.has_more is True and (first.first_id, first.last_id) == (whole[0], whole[19])
    found = list(first)
    assert [model.id for model in found] == whole
    for model in found:
        assert model.type == "model" and model.display_name == model.id
        assert model.created_at > datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)
        # As strict as the package's own types are.
        anthropic.types.ModelInfo.model_validate(model.to_dict())


def test_anthropic_pages_backwards_and_without_a_limit(claude, whole):
    found = [model.id for model in claude.models.list(limit=50, before_id=whole[-1])]
    assert sorted(found, key=whole.index) == whole[:-1]
    assert [model.id for model in claude.models.list(after_id=whole[99])] == whole[100:]
    assert [model.id for model in claude.models.list()] == whole


def test_anthropic_retrieves_one_and_not_another(claude, odd_ids):
    for id in ["sim-org/model-000", *odd_ids]:
        model = claude.models.retrieve(id)
        assert (model.id, model.type) == (id, "model")
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("no/such-model")
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["type"] == "not_found_error"
    assert "no/such-model" in caught.value.message


def test_anthropic_is_told_what_was_wrong(claude):
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.models.list(extra_query={"filter": "nothing = 1"})
    assert caught.value.body["error"]["type"] == "invalid_request_error" and "nothing" in caught.value.message
    found = claude.models.list(limit=1000, extra_query={"filter": "kind = ADAPTER", "order_by": "id desc"})
    ids = [model.id for model in found]
    assert len(ids) == 6 and ids == sorted(ids, reverse=True)


CLAUDE_CODE = {"anthropic-version": "2023-06-01", "x-api-key": "none", "user-agent": "claude-cli/2.0"}


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(request, server):
    http2 = request.param == "HTTP/2"
    with httpx.Client(base_url=server.url, http2=http2, http1=not http2, timeout=3, follow_redirects=False) as client:
        yield client


def test_claude_code_reads_its_list_in_one_answer(client, whole):
    """GET /v1/models?limit=1000 within three seconds, no redirect."""
    answer = client.get("/v1/models?limit=1000", headers=CLAUDE_CODE)
    assert answer.status_code == 200 and "link" not in answer.headers
    body = answer.json()
    assert [entry["id"] for entry in body["data"]] == whole and all(entry["display_name"] for entry in body["data"])
    assert body["has_more"] is False and (body["first_id"], body["last_id"]) == (whole[0], whole[-1])
    again = client.get("/v1/models?limit=1000", headers={**CLAUDE_CODE, "if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_shapes_have_tags_of_their_own(client):
    plain = client.get("/v1/models?limit=1000")
    claude = client.get("/v1/models?limit=1000", headers=CLAUDE_CODE)
    codex = client.get("/v1/models?limit=1000&client_version=1")
    tags = {answer.headers["etag"] for answer in (plain, claude, codex)}
    assert len(tags) == 3
    crossed = client.get("/v1/models?limit=1000", headers={**CLAUDE_CODE, "if-none-match": plain.headers["etag"]})
    assert crossed.status_code == 200
    for answer in (plain, claude, codex):
        assert "anthropic-version" in answer.headers["vary"].lower(), "a cache must not mix them up"


@pytest.mark.parametrize("headers, parameters, member", [(CLAUDE_CODE, {}, "data"), ({}, {"client_version": "0.99"}, "models")])
def test_links_keep_the_shape(client, whole, headers, parameters, member):
    pages = list(links(client, "/v1/models", params={"limit": 30, **parameters}, headers=headers))
    entries = [entry for page in pages for entry in page.json()[member]]
    assert [entry.get("slug", entry.get("id")) for entry in entries] == whole


# What Codex demands of an entry, with the types that it parses; a tuple is any of them.
CODEX = {
    "slug": str, "display_name": str, "description": (str, type(None)), "supported_reasoning_levels": list,
    "shell_type": str, "visibility": str, "supported_in_api": bool, "priority": int, "service_tiers": list,
    "availability_nux": (dict, type(None)), "upgrade": (dict, type(None)), "support_verbosity": bool,
    "supports_reasoning_summaries": bool, "supports_parallel_tool_calls": bool, "default_verbosity": (str, type(None)),
    "apply_patch_tool_type": (str, type(None)), "truncation_policy": dict, "experimental_supported_tools": list,
    "context_window": (int, type(None)), "base_instructions": str}


def test_codex_reads_every_model(client, whole):
    answer = client.get("/v1/models?client_version=0.99.0")
    body = answer.json()
    assert [entry["slug"] for entry in body["models"]] == whole
    for entry in body["models"]:
        for name, kinds in CODEX.items():
            assert isinstance(entry[name], kinds), name
            assert isinstance(entry[name], bool) is (kinds is bool), name
        assert entry["visibility"] == "list" and entry["shell_type"] == "unified_exec" and entry["base_instructions"]
        assert entry["truncation_policy"] == {"mode": "bytes", "limit": 10_000}
    known = {model["id"]: model["context_length"] for model in client.get("/v1/models").json()["data"]}
    assert {entry["slug"]: entry["context_window"] for entry in body["models"]} == known


def test_codex_revalidates_by_etag(client):
    answer = client.get("/v1/models?client_version=0.99.0")
    tag = answer.headers["etag"]
    again = client.get("/v1/models?client_version=0.99.0", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    newer = client.get("/v1/models?client_version=1.0.0", headers={"if-none-match": tag})
    assert newer.status_code == 304, "the version of the client is no part of the list"


def test_one_model_in_each_shape(client, odd_ids):
    for id in ("sim-org/model-001", "a/b/c/d"):
        claude = client.get(f"/v1/models/{id}", headers=CLAUDE_CODE)
        assert claude.json()["type"] == "model" and claude.json()["id"] == id
        assert client.get(f"/v1/models/{id}?client_version=1").json()["slug"] == id
        plain = client.get(f"/v1/models/{id}")
        assert plain.json()["object"] == "model" and plain.headers["etag"] != claude.headers["etag"]
