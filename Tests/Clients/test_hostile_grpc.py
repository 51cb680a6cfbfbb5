"""Requests that no gRPC library makes, and what the gRPC-over-HTTP/2 specification answers to them."""

import grpc
import pytest

from peers import GRPC, Peer, framed

GET_MODEL = "/rollcall.v1.ModelCatalog/GetModel"
LIST = "/rollcall.v1.ModelCatalog/ListModels"
OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL = 0, 3, 4, 8, 12, 13


@pytest.fixture
def peer(server):
    """A peer whose connection must still be good when the test is over, and so must the server."""
    with Peer(server) as peer:
        yield peer
        assert not peer.closed, f"the connection was lost, GOAWAY {peer.goaway}"
        answer = peer.call(LIST, framed(b"\x10\x01"))
        assert (answer.status, answer.grpc) == (200, OK)


@pytest.mark.parametrize("kind", ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"])
def test_content_types_of_grpc_are_taken(peer, kind):
    answer = peer.call(LIST, framed(b""), headers=[("te", "trailers"), ("content-type", kind)])
    assert (answer.status, answer.grpc) == (200, OK)


@pytest.mark.parametrize("headers", [
    [("content-type", "application/json")], [("content-type", "text/plain")], [("content-type", "application/grpcx")], []])
def test_a_wrong_content_type_is_415(peer, headers):
    assert peer.call(GET_MODEL, framed(b""), headers=headers).status == 415


@pytest.mark.parametrize("path", [
    "/", "/rollcall.v1.ModelCatalog", "/rollcall.v1.ModelCatalog/", "/rollcall.v1.ModelCatalog/Nothing", "//",
    "/no.such.Service/GetModel", "/rollcall.v1.ModelCatalog/GetModel/", "/rollcall.v1.modelcatalog/getmodel",
    "/" + "x" * 4000])
def test_an_unknown_path_is_unimplemented(peer, path):
    answer = peer.call(path, framed(b""))
    assert (answer.status, answer.grpc) == (200, UNIMPLEMENTED)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_refused(peer, method):
    answer = peer.call(GET_MODEL, framed(b"") if method == "PUT" else b"", method=method)
    assert answer.status == 405 or answer.grpc in {UNIMPLEMENTED, INTERNAL}


@pytest.mark.parametrize("body, codes", [
    (b"", {INTERNAL, UNIMPLEMENTED, INVALID_ARGUMENT}),
    (b"\0", {INTERNAL}),
    (b"\0\0\0\0\x05ab", {INTERNAL}),
    (framed(b"", compressed=1), {INTERNAL}),
    (framed(b"", compressed=2), {INTERNAL}),
    (framed(b"") + framed(b""), {INTERNAL, UNIMPLEMENTED}),
    (framed(b"") + b"\0\0", {INTERNAL, UNIMPLEMENTED}),
    (b"\0\xff\xff\xff\xff", {RESOURCE_EXHAUSTED}),
    (b"\0\x00\x50\x00\x00" + b"x", {RESOURCE_EXHAUSTED}),
], ids=["no message", "half a prefix", "half a message", "compressed", "unknown flag", "two messages",
        "a message and a half", "4 GiB told", "5 MiB told"])
def test_broken_framing_ends_the_call_alone(peer, body, codes):
    answer = peer.call(GET_MODEL, body)
    assert answer.status == 200 and answer.grpc in codes


def test_a_length_over_the_limit_is_refused_before_the_bytes_come(peer):
    answer = peer.call(GET_MODEL, b"\0\xff\xff\xff\xff", end=False)
    assert answer.grpc == RESOURCE_EXHAUSTED


@pytest.mark.parametrize("timeout", ["", "1", "S", "x5S", "-1S", "123456789S", "1 S", "1s"])
def test_a_malformed_timeout_is_refused(peer, timeout):
    answer = peer.call(LIST, framed(b""), headers=GRPC + [("grpc-timeout", timeout)])
    assert answer.status in {200, 400} and answer.grpc != OK


@pytest.mark.parametrize("timeout", ["1n", "0S", "1u"])
def test_a_deadline_in_the_past_is_exceeded(peer, timeout):
    """A watch: a unary answer may come first."""
    answer = peer.call(
        "/rollcall.v1.ModelCatalog/WatchModels", framed(b""), headers=GRPC + [("grpc-timeout", timeout)])
    assert answer.grpc == DEADLINE_EXCEEDED or answer.reset is not None


WATCH = "/rollcall.v1.ModelCatalog/WatchModels"


@pytest.mark.parametrize("path", [LIST, WATCH, "/grpc.health.v1.Health/Watch"])
@pytest.mark.parametrize("encoding", ["x-gzip", "deflate", "snappy", "zpaq", "identity,gzip", "", "x" * 5_000])
@pytest.mark.parametrize("flag", [0, 1])
def test_an_encoding_that_is_not_supported_is_unimplemented_and_the_supported_ones_are_named(peer, path, encoding, flag):
    answer = peer.call(path, framed(b"", compressed=flag), headers=GRPC + [("grpc-encoding", encoding)])
    assert (answer.status, answer.grpc) == (200, UNIMPLEMENTED)
    assert answer.headers["grpc-accept-encoding"] == "identity,gzip" and len(answer.headers["grpc-message"]) < 300


@pytest.mark.parametrize("path", [LIST, WATCH])
@pytest.mark.parametrize("encoding", [[], [("grpc-encoding", "identity")]], ids=["none", "identity"])
def test_the_compressed_flag_without_an_encoding_is_internal(peer, path, encoding):
    answer = peer.call(path, framed(b"", compressed=1), headers=GRPC + encoding)
    assert answer.grpc == INTERNAL
    assert peer.call(LIST, framed(b""), headers=GRPC + encoding + [("grpc-accept-encoding", "gzip")]).grpc == OK


def test_grpcio_that_compresses_otherwise_is_unimplemented(catalog, pb):
    with pytest.raises(grpc.RpcError) as caught:
        catalog.ListModels(pb.ListModelsRequest(filter="id:" + "m" * 2_000), compression=grpc.Compression.Deflate)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED and "gzip" in caught.value.details()


def test_a_message_that_nests_too_deep_is_refused(peer):
    """Ten thousand groups inside each other: less crashes an unchecked parser."""
    answer = peer.call(GET_MODEL, framed(b"\x2b" * 10_000 + b"\x2c" * 10_000))
    assert answer.grpc in {INTERNAL, INVALID_ARGUMENT, RESOURCE_EXHAUSTED}


def test_metadata_of_any_bytes_ends_no_connection(peer):
    for name, value in [("x-a-bin", "!!!not base64"), ("x-b-bin", ""), ("x-c", "\t tabs "), ("x-d-bin", "AAA,AAA")]:
        answer = peer.call(LIST, framed(b"\x10\x01"), headers=GRPC + [(name, value)])
        # Blanks around a value make a request malformed: a reset of its stream (RFC 9113, 8.1.1).
        assert answer.grpc in {OK, INTERNAL, INVALID_ARGUMENT} or name == "x-c" and answer.reset == 1


def test_too_many_header_bytes_are_refused(server):
    with Peer(server) as peer:
        answer = peer.call(LIST, framed(b""), headers=GRPC + [(f"x-{number}", "v" * 100) for number in range(1000)])
        assert answer.reset is not None or answer.status == 431 or answer.grpc == RESOURCE_EXHAUSTED or peer.closed
    with Peer(server) as peer:
        assert peer.call(LIST, framed(b"")).grpc == OK


def test_a_reset_in_the_middle_of_a_request_and_of_a_watch(peer):
    headers = [(":method", "POST"), (":scheme", "http"), (":authority", peer.server.address), *GRPC]
    for round in range(50):
        stream = peer.open(headers + [(":path", GET_MODEL)], b"\0\0\0\0\x20half", end=False)
        watch = peer.open(headers + [(":path", "/rollcall.v1.ModelCatalog/WatchModels")], framed(b""))
        if round % 2:
            peer.read()
        for number in (stream, watch):
            if not peer.answers[number].ended and peer.answers[number].reset is None:
                peer.h2.reset_stream(number, 8)
        peer.flush()


def test_a_request_without_an_end_waits_for_nobody(peer):
    """A call that never half-closes does not keep others on its connection waiting."""
    pseudo = [(":method", "POST"), (":scheme", "http"), (":path", GET_MODEL), (":authority", peer.server.address)]
    peer.open(pseudo + GRPC, b"\0\0\0", end=False)
    assert peer.call(LIST, framed(b"\x10\x01")).grpc == OK
