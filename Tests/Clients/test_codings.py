"""Conditional requests and gzip by httpx: the same facts, the same tags, the same bytes when unpacked."""

import gzip

import httpx
import pytest

import harness

PATHS = ["/v1/models", "/v1/models?filter=id:model&order_by=id+desc", "/v1/models?limit=50", "/v1/models?client_version=0.99"]


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(request, server):
    http2 = request.param == "HTTP/2"
    with httpx.Client(base_url=server.url, http2=http2, http1=not http2, timeout=20) as client:
        yield client


def plain(client, path, **headers):
    return client.get(path, headers={"accept-encoding": "identity", **headers})


def raw(client, path, **headers):
    """The answer with its body as it was sent."""
    with client.stream("GET", path, headers={"accept-encoding": "gzip", **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


def zipped(client, path):
    """Asked until it is there: identity is sent meanwhile."""

    def look():
        answer, body = raw(client, path)
        return (answer, body) if answer.headers.get("content-encoding") == "gzip" else None

    return harness.eventually(look, f"{path} compressed")


@pytest.mark.parametrize("path", PATHS)
def test_gzip_unpacks_to_the_same(client, path):
    whole = plain(client, path)
    assert whole.status_code == 200 and "content-encoding" not in whole.headers
    answer, body = zipped(client, path)
    assert gzip.decompress(body) == whole.content and len(body) < len(whole.content) / 4
    assert answer.headers["etag"] != whole.headers["etag"]
    assert answer.headers["etag"] == whole.headers["etag"].removesuffix('"') + '-gzip"'
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert client.get(path).content == whole.content, "as httpx unpacks it"


@pytest.mark.parametrize("path", PATHS)
def test_the_tags_of_both_codings_are_known(client, path):
    identity, packed = plain(client, path).headers["etag"], zipped(client, path)[0].headers["etag"]
    for coding in ("identity", "gzip"):
        for tag in (identity, packed):
            for condition in (tag, f"W/{tag}", f'"other", {tag}', f'W/"a","b" , W/{tag}'):
                answer = client.get(path, headers={"accept-encoding": coding, "if-none-match": condition})
                assert (answer.status_code, answer.content) == (304, b""), (coding, condition)
                assert answer.headers["etag"] in {identity, packed}
    for condition in ('"other"', identity.strip('"'), identity.replace('"', '"x', 1), '"', "W/"):
        assert plain(client, path, **{"if-none-match": condition}).status_code == 200, condition


@pytest.mark.parametrize("accepted, packs", [
    ("gzip", True), ("gzip, deflate, br", True), ("deflate, gzip;q=0.5", True), ("*", True), ("GZIP", True),
    ("gzip;q=0", False), ("identity", False), ("br", False), ("", False), ("gzip;q=0.1, identity;q=0.9", False),
    ("gzip;q=nonsense", False), ("*;q=0", False)])
def test_accept_encoding_is_obeyed(client, accepted, packs):
    zipped(client, "/v1/models")
    with client.stream("GET", "/v1/models", headers={"accept-encoding": accepted}) as answer:
        body = b"".join(answer.iter_raw())
    assert (answer.headers.get("content-encoding") == "gzip") is packs
    assert (gzip.decompress(body) if packs else body) == plain(client, "/v1/models").content


def test_head_says_what_get_would(client):
    answer, body = zipped(client, "/v1/models")
    head = client.head("/v1/models", headers={"accept-encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-encoding", "content-length", "content-type", "vary"):
        assert head.headers.get(name) == answer.headers.get(name)
    assert int(head.headers["content-length"]) == len(body)


def test_what_is_short_or_moves_is_not_packed(client):
    for path in ("/healthz", "/v1/models/a/b/c/d", "/v1/models?view=full", "/v1/models/no/such"):
        assert "content-encoding" not in raw(client, path)[0].headers, path


def test_a_change_is_packed_anew(start):
    engine = start.engine([harness.card(f"m{number:03}") for number in range(100)])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 100, "100 models")
    with httpx.Client(base_url=server.url, timeout=20) as client:
        before, _ = zipped(client, "/v1/models")
        engine.models = engine.models[1:]
        harness.eventually(lambda: len(server.models()) == 99, "99 models")
        stale = client.get("/v1/models", headers={"if-none-match": before.headers["etag"]})
        assert stale.status_code == 200 and len(stale.json()["data"]) == 99
        after, body = zipped(client, "/v1/models")
        assert after.headers["etag"] != before.headers["etag"]
        assert gzip.decompress(body) == plain(client, "/v1/models").content


def test_tags_are_the_same_after_a_restart_and_elsewhere(start, tmp_path):
    engine = start.engine([harness.card(f"m{number:03}", root="/r") for number in range(60)])
    arguments = ["--engine", f"{engine.url},id=e", "--data", tmp_path / "data"]
    server = start.server(*arguments).ready()
    harness.eventually(lambda: len(server.models()) == 60, "60 models")

    def tags(server):
        with httpx.Client(base_url=server.url, timeout=20) as client:
            return [plain(client, path).headers["etag"] for path in PATHS]

    before = tags(server)
    assert len(set(before)) == len(before)
    assert server.drain() == 0
    server = start.server(*arguments).ready()
    assert tags(server) == before
