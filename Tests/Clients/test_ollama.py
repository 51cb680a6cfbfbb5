"""Rollcall's part of Ollama's API, read by Ollama's own package."""

import asyncio
import datetime

import httpx
import ollama
import pytest

import harness


@pytest.fixture
def client(server):
    return ollama.Client(host=server.url)


def test_ollama_lists_every_model(client, server):
    found, models = client.list().models, server.models()
    assert [model.model for model in found] == [model["id"] for model in models]
    for model, entry in zip(found, models):
        assert (model.size, model.details.parent_model) == (0, entry["parent"] or "")
        assert len(model.digest) == 64 and int(model.digest, 16) >= 0
        assert model.modified_at > datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)
    assert len({model.digest for model in found}) == len(found)
    assert [model.model for model in asyncio.run(ollama.AsyncClient(host=server.url).list()).models] == [m["id"] for m in models]


def test_ollama_shows_each_model(client, server, odd_ids):
    lengths = {model["id"]: model["max_model_len"] for model in server.models()}
    for id in ["sim-org/model-000", *odd_ids]:
        shown = client.show(id)
        info = shown.modelinfo
        assert info["general.name"] == id
        assert info.get(f"{info['general.architecture']}.context_length") == lengths[id]
        assert shown.capabilities is None and shown.modified_at
    for id in ("no/such", "sim-org/model-000:8b"):
        with pytest.raises(ollama.ResponseError) as caught:
            client.show(id)
        assert caught.value.status_code == 404 and id in caught.value.error


def test_ollama_lists_what_is_in_memory(start):
    simulator = start.simulator(engines=3, models=1, replicas=1)
    server = start.serving(simulator)
    client = ollama.Client(host=server.url)
    harness.eventually(lambda: len(client.ps().models) == 3, "three models in memory")
    assert all(model.size_vram == 0 and model.expires_at is None and model.context_length for model in client.ps().models)
    simulator.set("0", "gone")
    harness.eventually(lambda: len(client.ps().models) == 2, "two of them")
    ready = {id for id, state in server.states().items() if state == "READY"}
    assert {model.model for model in client.ps().models} == ready
    assert len(client.list().models) == 3


def test_ollama_is_refused_what_writes(client):
    for call in (
        lambda: client.generate("sim-org/model-000", "x"), lambda: client.chat("sim-org/model-000", []),
        lambda: client.pull("x"), lambda: client.delete("sim-org/model-000"), lambda: client.embed("sim-org/model-000", "x"),
    ):
        with pytest.raises(ollama.ResponseError) as caught:
            call()
        assert caught.value.status_code == 404 and caught.value.error.startswith("There is nothing here.")


def test_ollama_finds_nothing_where_its_api_is_off(start):
    engine = start.engine([harness.card("m")])
    server = start.server("--engine", engine.url, "--no-ollama-api").ready()
    with pytest.raises(ollama.ResponseError) as caught:
        ollama.Client(host=server.url).list()
    assert caught.value.status_code == 404
    assert httpx.get(f"{server.url}/api/v0/models").json()["data"][0]["id"] == "m"


def test_a_rollcall_is_told_from_an_ollama(start, server):
    above = start.server("--engine", server.url).ready()
    model = httpx.get(f"{above.url}/v1/models/sim-org/model-000?view=full").raise_for_status().json()
    assert [replica["engine_kind"] for replica in model["replicas"]] != ["ollama"] and model["state"] == "READY"
    answer = httpx.get(f"{server.url}/api/version")
    assert answer.headers["server"] == "rollcall" and answer.json()["version"]
    for path in ("/api/tags", "/api/ps"):
        assert httpx.get(server.url + path).headers["server"] == "rollcall"


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
def test_a_body_that_is_too_large_is_refused_in_ollamas_form(server, http2):
    with httpx.Client(base_url=server.url, http1=not http2, http2=http2, timeout=20) as client:
        # httpx waits in vain for room for the rest of a body whose stream the server has answered and reset.
        for size in (20_000, 2_000_000)[:1 if http2 else 2]:
            answer = client.post("/api/show", content=b"x" * size)
            assert answer.status_code == 413 and isinstance(answer.json()["error"], str)
        answer = client.get("/api/show")
        assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST") and isinstance(answer.json()["error"], str)
