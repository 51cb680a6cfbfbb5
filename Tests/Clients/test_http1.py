"""HTTP/1.1 by the book (RFC 9110, RFC 9112), from sockets that send exactly the bytes of the test, and from curl."""

import http.client
import io
import json
import socket
import subprocess
import time

import httpx
import pytest

import harness
from peers import dial

UPGRADE = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
MEBIBYTE = 1 << 20


class Replay:
    """What `http.client` reads answers from."""

    def __init__(self, stream):
        self.stream = stream

    def makefile(self, *_, **__):
        return self.stream


class Stream(io.BytesIO):
    """Goes on behind each answer: the reader of one closes its file."""

    def close(self):
        pass


def answers(data, methods=()):
    """The answers in `data`; an answer that is cut raises."""
    stream, methods, found = Stream(data), list(methods), []
    while stream.tell() < len(data):
        answer = http.client.HTTPResponse(Replay(stream), method=methods.pop(0) if methods else "GET")
        answer.begin()
        answer.content = answer.read()
        found.append(answer)
    return found


def receive(sock):
    """All that the server sends; a reset is a failure."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def exchange(server, data, ends=True, methods=()):
    with dial(server, timeout=30) as sock:
        sock.sendall(data)
        if ends:
            sock.shutdown(socket.SHUT_WR)
        return answers(receive(sock), methods)


def error(answer):
    """The error object of a refusal, which ends its connection."""
    assert answer.getheader("connection") == "close"
    return json.loads(answer.content)["error"]


def limit_reached(server, limit):
    line = f'rollcall_limit_reached_total{{limit="{limit}"}} '
    return next(float(text[len(line):]) for text in httpx.get(f"{server.url}/metrics").text.splitlines() if text.startswith(line))


# Upgrade


@pytest.mark.parametrize("body", [b"\r\n", b"content-length: 3\r\n\r\nabc", b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"])
@pytest.mark.parametrize("upgrade", [UPGRADE, b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n"])
def test_an_upgrade_is_ignored_and_the_connection_goes_on(server, upgrade, body):
    with dial(server) as sock:
        for _ in range(3):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + upgrade + body)
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            assert answer.status == 200 and answer.read()
    assert [a.status for a in exchange(server, (b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + upgrade + body) * 5)] == [200] * 5


def test_curl_that_asks_for_an_upgrade_gets_both_its_answers(server):
    url = f"http://{server.host}:{server.port}/healthz"
    result = subprocess.run(
        ["curl", "-sS", "--http2", "-w", "%{http_code} %{http_version} %{num_connects}\n", "-o", "/dev/null", url,
         "-o", "/dev/null", url], capture_output=True, text=True, timeout=20, check=True)
    assert result.stdout.split("\n")[:2] == ["200 1.1 1", "200 1.1 0"]


def test_bytes_behind_an_upgrade_or_connect_cost_no_memory(start):
    engine = start.engine([harness.card("a")])
    server = start.server("--engine", engine.url).ready()
    for request in (b"GET /v1/models HTTP/1.1\r\nhost: x\r\n" + UPGRADE + b"\r\n", b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n"):
        before = server.resident_bytes()
        with dial(server) as sock:
            sock.sendall(request)
            try:
                for _ in range(64):
                    sock.sendall(b"\0" * MEBIBYTE)
            except OSError:
                pass
            assert server.resident_bytes() - before < 32 * MEBIBYTE
    assert httpx.get(f"{server.url}/healthz").status_code == 200


# Requests that are refused


REFUSED = {
    "no Host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET /healthz HTTP/1.1\r\nhost: x\r\nHost: x\r\n\r\n", 400),
    "a bad Host": (b"GET /healthz HTTP/1.1\r\nhost: x/y\r\n\r\n", 400),
    "a target that is neither a path nor a URL": (b"GET healthz HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "* without OPTIONS": (b"GET * HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "CONNECT": (b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n", 501),
    "chunks of HTTP/1.0": (b"POST /healthz HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a length and chunks": (
        b"POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a length twice": (b"POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n", 400),
    "an odd length": (b"POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: +0\r\n\r\n", 400),
    "an unknown expectation": (b"GET /healthz HTTP/1.1\r\nhost: x\r\nexpect: a-miracle\r\n\r\n", 417),
    "a long body": (b"POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n", 413),
    "a long chunk": (b"POST /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n100001\r\n", 413),
    "a long target": (b"GET /" + b"x" * 20_000, 414),
    "a long head": (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: 0123456789\r\n" * 1_200, 431),
    "many fields": (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x:\r\n" * 257, 431),
    "no HTTP": (b"\x16\x03\x01\x00", 400),
    "HTTP/2 without its preface": (b"GET / HTTP/2.0\r\n\r\n", 400),
}


@pytest.mark.parametrize("ends", [True, False], ids=["half-closed", "open"])
@pytest.mark.parametrize("request_bytes, status", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_request_is_answered_at_once_and_ends_its_connection(server, request_bytes, status, ends):
    found = exchange(server, NEXT + request_bytes + NEXT, ends)
    assert [a.status for a in found] == [200, status]
    assert error(found[1])["message"]


def test_a_url_ends_its_authority_at_its_query(server):
    found = exchange(server, b"GET http://x?y=/healthz HTTP/1.1\r\nhost: x\r\n\r\nGET http://y/healthz?a HTTP/1.1\r\nhost: x\r\n\r\n")
    assert [a.status for a in found] == [404, 200]
    found = exchange(server, b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\nOPTIONS http://x HTTP/1.1\r\nhost: x\r\n\r\n")
    assert [a.status for a in found] == [204, 204]


def test_1_8_megabytes_of_headers_are_not_taken_and_the_refusal_arrives(server):
    before = limit_reached(server, "header-bytes")
    with dial(server) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n")
        for number in range(60):
            sock.sendall(b"x-%d: " % number + b"y" * 30_000 + b"\r\n")
        answer, = answers(receive(sock))
    assert answer.status == 431 and error(answer)["code"] == "headers_too_large"
    assert limit_reached(server, "header-bytes") == before + 1


@pytest.mark.parametrize("head", [b"content-length: 8388608\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n800000\r\n"])
def test_a_long_body_is_refused_before_it_comes_and_while_it_comes(server, head):
    before = limit_reached(server, "body-bytes")
    with dial(server) as sock:
        sock.sendall(b"POST /v1/models HTTP/1.1\r\nhost: x\r\n" + head)
        begun = http.client.HTTPResponse(sock)
        begun.begin()
        assert begun.status == 413 and json.loads(begun.read())["error"]["code"] == "request_too_large"
    with dial(server) as sock:
        sock.sendall(b"POST /v1/models HTTP/1.1\r\nhost: x\r\n" + head)
        for _ in range(8):
            sock.sendall(b"x" * MEBIBYTE)
        sock.shutdown(socket.SHUT_WR)
        answer, = answers(receive(sock))
    assert answer.status == 413
    assert limit_reached(server, "body-bytes") == before + 2


# Expect


def test_a_client_that_waits_for_100_gets_it_and_then_the_answer(server):
    with dial(server) as sock:
        for _ in range(2):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
            assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            sock.sendall(b"abc")
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            assert answer.status == 200 and answer.read()


def test_curl_that_expects_100_sends_no_body_that_is_too_long(server, tmp_path):
    url = f"http://{server.host}:{server.port}/v1/models"
    body = tmp_path / "body"
    for size, status, sent in ((1_000_000, "405", "1000000"), (2_000_000, "413", "0")):
        body.write_bytes(b"x" * size)
        start = time.monotonic()
        result = subprocess.run(
            ["curl", "-sS", "-H", "Expect: 100-continue", "--expect100-timeout", "15", "--data-binary", f"@{body}", "-w",
             "%{http_code} %{size_upload}", "-o", "/dev/null", url], capture_output=True, text=True, timeout=30, check=True)
        assert result.stdout == f"{status} {sent}"
        assert time.monotonic() - start < 10, "curl did not wait in vain"


# Connections


def test_http_1_0_stays_open_where_the_client_asks_for_it(server):
    keep = b" HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"
    found = exchange(
        server, b"GET /healthz" + keep + b"HEAD /v1/models" + keep + b"GET /v1/models HTTP/1.0\r\n\r\n" + NEXT, ends=False,
        methods=["GET", "HEAD"])
    assert [a.status for a in found] == [200] * 3
    assert [a.getheader("connection") for a in found] == ["keep-alive", "keep-alive", "close"]
    assert json.loads(found[2].content)["data"]


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_half_closed_client_gets_the_whole_list(start, connect, version):
    simulator = start.simulator(engines=1, models=3_000, adapters=0)
    server = start.serving(simulator)
    harness.eventually(lambda: len(server.models()) == 3_000, "the list")
    path = b"GET /v1/models?view=FULL HTTP/" + version + b"\r\nhost: x\r\nconnection: keep-alive\r\n\r\n"
    with dial(server) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.sendall(path)
        sock.shutdown(socket.SHUT_WR)
        time.sleep(0.5)
        answer, = answers(receive(sock))
    assert answer.status == 200 and len(json.loads(answer.content)["data"]) == 3_000
    found = exchange(server, NEXT + b"GET /v1/models HTTP/1.1\r\nhost: x\r\n" + UPGRADE + b"\r\n" + NEXT)
    assert [a.status for a in found] == [200] * 3 and len(json.loads(found[1].content)["data"]) == 3_000


def test_an_event_stream_ends_in_order_when_its_client_ends_its_side(server):
    with dial(server) as sock:
        sock.sendall(b"GET /v1/models?watch=true HTTP/1.1\r\nhost: x\r\n\r\n")
        data = b""
        while b"SYNCED" not in data:
            data += sock.recv(65536)
        sock.shutdown(socket.SHUT_WR)
        answer, = answers(data + receive(sock))
    assert answer.status == 200 and answer.content.endswith(b"\n\n")


@pytest.mark.parametrize("data", [b"", b"GET /healthz HT", b"PRI * HTTP/2", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx"])
def test_a_client_that_ends_its_side_in_the_middle_is_closed(server, data):
    assert exchange(server, data) == []


# Conditions


def test_if_match_comes_before_if_none_match(server):
    tag = httpx.get(f"{server.url}/v1/models").headers["etag"]
    for wanted, status in ((tag, 304), ("*", 304), ('"x"', 412), ("W/" + tag, 412)):
        for method in ("GET", "HEAD"):
            headers = {"if-match": wanted, "if-none-match": tag}
            answer = httpx.request(method, f"{server.url}/v1/models", headers=headers)
            assert answer.status_code == status
        if status == 412:
            assert httpx.get(f"{server.url}/v1/models", headers=headers).json()["error"]["code"] == "precondition_failed"
    assert httpx.get(f"{server.url}/v1/models", headers={"if-match": tag}).status_code == 200
