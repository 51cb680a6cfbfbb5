"""Bytes that are no honest client's: the server answers or hangs up, and goes on serving everybody else."""

import os
import random
import socket

import pytest

from peers import PREFACE, Peer, dial, frame, framed, read_all

SETTINGS = frame(4, 0, 0)
PING, GOAWAY, HEADERS, DATA, CONTINUATION, WINDOW_UPDATE, PUSH = 6, 7, 1, 0, 9, 8, 5


@pytest.fixture(autouse=True)
def still_serving(server):
    yield
    assert len(server.models()) > 100
    with Peer(server) as peer:
        assert peer.call("/rollcall.v1.ModelCatalog/ListModels", framed(b"\x10\x01")).grpc == 0


GARBAGE = {
    "zeros": b"\0" * 100,
    "noise": bytes(random.Random(7).randrange(256) for _ in range(4096)),
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x55" * 193,
    "text": b"hello there\r\n\r\n",
    "a broken preface": b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + SETTINGS,
    "HTTP/1.1 without a host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "HTTP/9": b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
    "a bare line feed": b"\n\n\n\n",
    "two lengths": b"POST /v1/models HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "length and chunks": b"POST /v1/models HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a header with NUL": b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_answered_or_hung_up_on(server, garbage):
    with dial(server) as sock:
        sock.sendall(garbage)
        sock.shutdown(socket.SHUT_WR)
        answer = read_all(sock)
    assert b" 200 " not in answer.split(b"\r\n")[0]


FRAMES = {
    "data on stream 0": frame(DATA, 1, 0, b"x"),
    "headers on stream 0": frame(HEADERS, 5, 0, b"\x82"),
    "an even stream": frame(HEADERS, 5, 2, b"\x82\x86\x84"),
    "a push": frame(PUSH, 4, 1, b"\0\0\0\2"),
    "a continuation without headers": frame(CONTINUATION, 4, 1, b"\x82"),
    "data between headers and continuation": frame(HEADERS, 0, 1, b"\x82") + frame(DATA, 0, 1, b"x"),
    "a frame over the maximum": (0xFFFFFF).to_bytes(3, "big") + bytes([DATA, 0]) + (1).to_bytes(4, "big") + b"x" * 20_000,
    "a ping of 7 bytes": frame(PING, 0, 0, b"1234567"),
    "settings of 5 bytes": frame(4, 0, 0, b"12345"),
    "a window over 2^31": frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff") * 2,
    "a window update of 0": frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\0"),
    "bad HPACK": frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff"),
}


@pytest.mark.parametrize("frames", FRAMES.values(), ids=FRAMES.keys())
def test_a_frame_against_the_protocol_ends_its_connection(server, frames):
    with dial(server, timeout=10) as sock:
        sock.sendall(PREFACE + SETTINGS + frames)
        # The peer goes on: a server that does not hang up would answer this ping.
        try:
            sock.sendall(frame(PING, 0, 0, b"12345678"))
        except ConnectionError:
            pass
        sock.settimeout(10)
        answer, goaway = b"", False
        try:
            while not (goaway or answer.endswith(b"12345678")) and (piece := sock.recv(65536)):
                answer += piece
                goaway = bytes([GOAWAY, 0, 0, 0, 0, 0]) in answer
        except ConnectionError:
            goaway = True
        assert goaway or not answer.endswith(b"12345678")


def test_http_1_one_byte_at_a_time(server):
    request = f"GET /v1/models/a/b/c/d HTTP/1.1\r\nhost: {server.address}\r\nconnection: close\r\n\r\n".encode()
    with dial(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            sock.sendall(bytes([byte]))
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"}")


def test_http_2_one_byte_at_a_time(server):
    with Peer(server) as peer:
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = peer.socket.sendall
        answers = []
        # The preface went in one piece; everything from now on does not.
        for _ in range(3):
            peer.raw = lambda data: [whole(bytes([byte])) for byte in data]
            answers.append(peer.call("/rollcall.v1.ModelCatalog/ListModels", framed(b"\x10\x01")))
    assert [answer.grpc for answer in answers] == [0, 0, 0]


def test_the_preface_one_byte_at_a_time(server):
    with dial(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in PREFACE + SETTINGS + frame(PING, 0, 0, b"12345678"):
            sock.sendall(bytes([byte]))
        answer = b""
        while b"12345678" not in answer:
            piece = sock.recv(65536)
            assert piece, "the server hung up"
            answer += piece


def test_every_split_of_the_preface(server):
    for cut in range(1, len(PREFACE)):
        with dial(server) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.sendall(PREFACE[:cut])
            sock.sendall(PREFACE[cut:] + SETTINGS)
            assert sock.recv(9)[3] == 4, "settings come first"


def test_silent_connections_cost_others_nothing(server):
    """Half-open in three ways: nothing sent, half a preface, a preface and half a request."""
    silent = []
    for number in range(300):
        sock = dial(server)
        sock.sendall([b"", b"PRI * HT", PREFACE + SETTINGS + frame(HEADERS, 0, 1, b"\x83")][number % 3])
        silent.append(sock)
    for _ in range(20):
        assert len(server.models()) > 100
    for sock in silent:
        sock.close()


def test_connections_cut_in_the_middle(server):
    """A reset (SO_LINGER 0) at any moment of a request or of its answer."""
    request = f"GET /v1/models HTTP/1.1\r\nhost: {server.address}\r\n\r\n".encode()
    choose = random.Random(11)
    for number in range(200):
        sock = dial(server)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        data = request if number % 2 else PREFACE + SETTINGS
        sock.sendall(data[: choose.randrange(len(data)) + 1])
        if choose.random() < 0.3:
            sock.settimeout(0.01)
            try:
                sock.recv(1)
            except TimeoutError:
                pass
        sock.close()


def test_pipelined_requests_are_answered_in_order(server):
    paths = ["/healthz", "/v1/models/a/b/c/d", "/nothing", "/v1/models/with%20space"]
    with dial(server) as sock:
        for path in paths[:-1]:
            sock.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        sock.sendall(f"GET {paths[-1]} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        answer = read_all(sock)
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"404", b"200"]
    assert answer.index(b'"a/b/c/d"') < answer.index(b'"with space"')


def test_a_huge_http_1_head_is_refused(server):
    with dial(server) as sock:
        try:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n")
            for number in range(2000):
                sock.sendall(b"x-%d: " % number + b"v" * 1000 + b"\r\n")
            sock.sendall(b"\r\n")
        except ConnectionError:
            pass
        answer = read_all(sock)
    assert answer == b"" or answer.split(b" ")[1] in {b"400", b"431"}


def test_a_huge_http_1_body_is_not_kept(server):
    before = server.resident_bytes()
    with dial(server) as sock:
        try:
            sock.sendall(b"POST /v1/models HTTP/1.1\r\nhost: x\r\ncontent-length: 200000000\r\n\r\n")
            for _ in range(200):
                sock.sendall(os.urandom(1_000_000))
        except (ConnectionError, TimeoutError):
            pass
    assert server.resident_bytes() - before < 50_000_000


def test_a_reader_that_takes_nothing_does_not_fill_the_memory(server):
    """500 full lists asked for on connections that never read."""
    before = server.resident_bytes()
    socks = []
    for _ in range(5):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(10)
        sock.connect((server.host, server.port))
        try:
            sock.settimeout(0.5)
            sock.sendall(f"GET /v1/models HTTP/1.1\r\nhost: {server.address}\r\n\r\n".encode() * 100)
        except TimeoutError:
            pass
        socks.append(sock)
    assert len(server.models()) > 100
    assert server.resident_bytes() - before < 50_000_000
    for sock in socks:
        sock.close()
