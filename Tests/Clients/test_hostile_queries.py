"""Tokens, filters and orders that someone made up to do harm: refused at once, with the field that is to blame."""

import base64
import random
import time

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2

from details import details
from peers import Peer, framed

LIST = "/rollcall.v1.ModelCatalog/ListModels"
# On a machine that does other things at the same time.
QUICK = 2.0


@pytest.fixture(autouse=True)
def alive(server):
    """Whatever was sent, the server lives, answers quickly and has not grown."""
    before = server.resident_bytes()
    yield
    began = time.monotonic()
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert time.monotonic() - began < QUICK
    assert server.resident_bytes() < before + 64 * 1024 * 1024


def blamed(call):
    """The field that a call blames, and what it says."""
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert time.monotonic() - began < QUICK
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT, caught.value.details()
    violation, = details(caught.value, error_details_pb2.BadRequest).field_violations
    assert len(violation.description) < 2_000
    return violation.field, violation.description


FILTERS = {
    "deep parentheses": "(" * 2000 + "state = READY" + ")" * 2000,
    "deep, not closed": "(" * 4000,
    "many NOTs": "NOT " * 1000 + "state = READY",
    "many minuses": "-" * 4000 + "id:a",
    "long": "id = " + "a" * 10_000_0,
    "long words": "a " * 2048,
    "many terms": " OR ".join(["id:a"] * 500),
    "many wildcards": 'id = "' + "*a" * 40 + '"',
    "800 KB": "id:a OR " * 100_000 + "id:a",
    "an open quote": 'id = "abc',
    "an open quote after backslashes": 'id = "' + "\\" * 2001,
    "a lone operator": "=",
    "nothing right": "id =",
    "nothing left": "= a",
    "two operators": "id = = a",
    "a lone AND": "AND",
    "AND without a left side": "AND id:a",
    "OR without a right side": "id:a OR",
    "an unknown field": "nothing = 1",
    "an unknown field below": "replicas.nothing = 1",
    "a field below a scalar": "id.x = 1",
    "a function": "size(id) = 1",
    "a wrong type": "max_model_len = many",
    "a number too big": "max_model_len > 99999999999999999999",
    "a float for an integer": "ready_replicas = 1.5",
    "a wrong state": "state = Ready",
    "an order of states": "state < READY",
    "a wrong time": "created > yesterday",
    "a control character": "id = a\x01b",
    "a closing parenthesis": "id:a)",
    "empty parentheses": "()",
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_bad_filter_is_blamed_with_its_position(catalog, pb, name):
    field, description = blamed(lambda: catalog.ListModels(pb.ListModelsRequest(filter=FILTERS[name])))
    assert field == "filter" and "character" in description
    if len(FILTERS[name]) < 1000:
        watch = lambda: next(catalog.WatchModels(pb.WatchModelsRequest(filter=FILTERS[name]), timeout=20))
        assert blamed(watch)[0] == "filter"
        diff = lambda: catalog.DiffModels(pb.DiffModelsRequest(filter=FILTERS[name], from_revision=1))
        assert blamed(diff)[0] == "filter"


@pytest.mark.parametrize("name", [name for name in FILTERS if len(FILTERS[name]) < 10_000])
def test_rest_blames_a_bad_filter_too(server, name):
    for watch in ({}, {"watch": "true"}):
        answer = httpx.get(f"{server.url}/v1/models", params={"filter": FILTERS[name], **watch})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["param"] == "filter"


def test_a_filter_of_megabytes_is_not_unpacked(catalog, pb):
    with pytest.raises(grpc.RpcError) as caught:
        catalog.ListModels(pb.ListModelsRequest(filter="id:a OR " * 400_000 + "id:a"))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_filter_with_a_nul_or_without_utf8_does_not_reach_it(server):
    for text in (b"id = a\0b", b"\0", b"id = \xff\xfe", b"\xc0\xaf", b"id = \xed\xa0\x80"):
        with Peer(server) as peer:
            answer = peer.call(LIST, framed(b"\x22" + bytes([len(text)]) + text))
            assert answer.grpc in {3, 13}, answer.trailers
    for text in ("%00", "id%3Da%00", "%ff", "id+%3D+%c0%af"):
        assert httpx.get(f"{server.url}/v1/models?filter={text}").status_code == 400


ORDERS = [
    "nothing", "id up", "id desc desc", "id,,state", ",", "id,", "desc", "id desc, id", "labels", "labels.", "replicas.state",
    "-id", "id DESC", "id asc, nothing", "(id)", "id=1", "created'", '"', "a" * 5_000, ",".join(["id"] * 1_000),
    ", ".join(f"labels.x{number}" for number in range(9)), "divergences.field", "\x02",
]


@pytest.mark.parametrize("text", ORDERS, ids=lambda text: text[:30])
def test_a_bad_order_is_blamed(catalog, server, pb, text):
    assert blamed(lambda: catalog.ListModels(pb.ListModelsRequest(order_by=text)))[0] == "order_by"
    answer = httpx.get(f"{server.url}/v1/models", params={"order_by": text})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "order_by"


@pytest.fixture
def token(catalog, pb):
    return catalog.ListModels(pb.ListModelsRequest(page_size=5)).next_page_token


def bytes_of(token):
    return bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def token_of(data):
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def refused(catalog, pb, token, **more):
    assert blamed(lambda: catalog.ListModels(pb.ListModelsRequest(page_token=token, **more)))[0] == "page_token", token


def test_every_flipped_bit_of_a_token_is_noticed(catalog, pb, token):
    data = bytes_of(token)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << random.Random(position).randrange(8)
        refused(catalog, pb, token_of(changed))
    assert catalog.ListModels(pb.ListModelsRequest(page_token=token)).models


def test_every_cut_of_a_token_is_noticed(catalog, pb, token):
    data = bytes_of(token)
    for count in range(1, len(data)):
        refused(catalog, pb, token_of(data[:count]))
        refused(catalog, pb, token_of(data[count:]))
    for more in (b"\0", data):
        refused(catalog, pb, token_of(data + more))


@pytest.mark.parametrize("text", [
    "A", "AA", "====", "nonsense", "ü", "🦙", " ", "a b", "/" * 40, "+" * 40, "-_" * 100, "A" * 100_000, "\x01",
    token_of(random.Random(1).randbytes(64)), token_of(bytes(64)), token_of(b"\xff" * 200)], ids=lambda text: text[:12])
def test_what_is_no_token_is_refused(catalog, server, pb, text):
    refused(catalog, pb, text)
    answer = httpx.get(f"{server.url}/v1/models", params={"page_token": text[:4_000]})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "page_token"


def test_a_token_is_of_one_request_alone(catalog, pb, token):
    revision = catalog.ListModels(pb.ListModelsRequest(page_size=1)).revision
    for more in (
        {"namespace": "default"}, {"filter": "state = READY"}, {"order_by": "id desc"}, {"at_revision": revision}):
        refused(catalog, pb, token, **more)
    filtered = catalog.ListModels(pb.ListModelsRequest(page_size=5, filter="id:model")).next_page_token
    refused(catalog, pb, filtered)
    refused(catalog, pb, filtered, filter="id:mode")
    assert blamed(lambda: catalog.DiffModels(pb.DiffModelsRequest(from_revision=revision, page_token=token)))[0] == "page_token"
    # How long pages are, and what they show of a model, may change on the way.
    page = catalog.ListModels(pb.ListModelsRequest(page_token=token, page_size=3, view=pb.FULL))
    assert len(page.models) == 3 and page.models[0].replicas


def test_a_token_of_another_server_is_foreign(start, fleet, catalog, connect, pb, token):
    other = start.serving(fleet)
    refused(connect(other), pb, token)
    theirs = connect(other).ListModels(pb.ListModelsRequest(page_size=5)).next_page_token
    refused(catalog, pb, theirs)


def test_a_token_tells_nothing_that_it_must_not(token):
    """It is signed, not secret: but no key of the server and no address is in it."""
    assert b"127.0.0.1" not in bytes_of(token) and len(token) < 400


@pytest.mark.parametrize("parameters", [
    {"limit": "0"}, {"limit": "-1"}, {"limit": "many"}, {"limit": "1e3"},
    {"after": "a", "after_id": "b"}, {"after": "a", "page_token": "b"}, {"view": "most"}, {"at_revision": "x"}])
def test_bad_parameters_are_400_and_named(server, parameters):
    answer = httpx.get(f"{server.url}/v1/models", params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] in parameters


@pytest.mark.parametrize("id", ["x" * 5000, "\x01", "🦙" * 300, "a%00b", "../..", "'; DROP TABLE", "no such"])
def test_any_id_to_begin_behind_is_an_answer(server, id):
    answer = httpx.get(f"{server.url}/v1/models", params={"limit": 2, "after": id})
    assert answer.status_code in {200, 400} and QUICK > answer.elapsed.total_seconds()
    if answer.status_code == 400:
        assert answer.json()["error"]["param"] == "after"


def test_the_dearest_filters_are_answered_in_time(catalog, pb):
    """As much as the limits allow."""
    for text in (
        " OR ".join(f'id = "*{"a*" * 14}b{number}"' for number in range(90)),
        " ".join(["NOT (labels.x = y)"] * 99),
        " OR ".join(f'"{"ab" * 15}{number}"' for number in range(100))):
        assert len(text) <= 4096
        began = time.monotonic()
        catalog.ListModels(pb.ListModelsRequest(filter=text, order_by="labels.a, labels.b, labels.c, id desc"))
        assert time.monotonic() - began < QUICK
