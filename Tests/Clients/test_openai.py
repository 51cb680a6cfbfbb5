"""The openai package. Run as it is by the newest version, and by test_openai1.py with an old 1.x in a process of its own."""

import json
import os

import openai
import pytest


@pytest.fixture(scope="session")
def expected(request):
    """Address and ids: from the environment in an environment without the other fixtures."""
    if told := os.environ.get("ROLLCALL_EXPECTED"):
        return json.loads(told)
    server = request.getfixturevalue("server")
    return {"url": server.url, "ids": [model["id"] for model in server.models()], "odd": request.getfixturevalue("odd_ids")}


@pytest.fixture
def client(expected):
    with openai.OpenAI(base_url=f"{expected['url']}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_list_yields_every_model(client, expected):
    page = client.models.list()
    assert page.object == "list"
    assert [model.id for model in page] == expected["ids"]
    assert all(model.object == "model" and model.created > 1_700_000_000 and model.owned_by for model in page)


def test_every_id_can_be_retrieved(client, expected):
    for id in expected["odd"]:
        if openai.VERSION.startswith("1.") and set(id) & set("?%"):
            continue  # it puts the id into the path as it is
        assert client.models.retrieve(id).id == id


def test_an_unknown_model_is_a_not_found_error_with_a_code(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no/such-model")
    assert caught.value.code == "model_not_found"
    assert caught.value.type and "no/such-model" in caught.value.message


def test_a_version_is_told():
    assert openai.VERSION.split(".")[0] == os.environ.get("OPENAI_MAJOR", "3")


def test_a_filter_and_an_order_go_along(client, expected):
    page = client.models.list(extra_query={"filter": "id:model kind = BASE", "order_by": "id desc"})
    ids = [id for id in expected["ids"] if "model" in id.lower()]
    assert {model.id for model in page} <= set(ids)
    assert [model.id for model in page] == sorted((model.id for model in page), reverse=True) and len(page.data) > 50
    page = client.models.list(extra_query={"limit": 7, "after": expected["ids"][10]})
    assert [model.id for model in page] == expected["ids"][11:18]
    with pytest.raises(openai.BadRequestError) as caught:
        client.models.list(extra_query={"filter": "nothing = 1"})
    assert (caught.value.param, caught.value.type) == ("filter", "invalid_request_error")


def test_entries_have_what_other_clients_read(client):
    """Unknown members are kept, as recorded: both names of the context length, a name to show."""
    for model in client.models.list():
        more = model.model_extra
        assert more["max_model_len"] == more["context_length"] and more["display_name"] == model.id


def test_a_304_that_was_asked_for_is_raised_as_a_status_error(client):
    answer = client.models.with_raw_response.list()
    tag = answer.headers["etag"]
    with pytest.raises(openai.APIStatusError) as caught:
        client.models.list(extra_headers={"If-None-Match": tag})
    assert caught.value.status_code == 304 and caught.value.code is None
    assert client.models.list(extra_headers={"If-None-Match": '"other"'}).data
