"""Compression of gRPC messages, by grpc/doc/compression.md and the interop tests: grpcio with gzip on both sides, and raw
frames where a library hides the flags or keeps the rules."""

import gzip
import re
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest

import harness
from peers import GRPC, Peer, framed
from watching import until

GET_MODEL = "/rollcall.v1.ModelCatalog/GetModel"
LIST = "/rollcall.v1.ModelCatalog/ListModels"
WATCH = "/rollcall.v1.ModelCatalog/WatchModels"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
OK, RESOURCE_EXHAUSTED, INTERNAL = 0, 8, 13
GZIP = GRPC + [("grpc-encoding", "gzip")]
ACCEPTS = GRPC + [("grpc-accept-encoding", "identity, deflate, gzip")]
MESSAGE_LIMIT = 4 << 20


@pytest.fixture
def peer(server):
    """A peer whose connection must still be good when the test is over."""
    with Peer(server) as peer:
        yield peer
        assert not peer.closed, f"the connection was lost, GOAWAY {peer.goaway}"
        assert peer.call(LIST, framed(b"\x10\x01")).grpc == OK


def messages(body):
    """The messages of a body: flag and bytes."""
    found = []
    while body:
        count = int.from_bytes(body[1:5], "big")
        found.append((body[0], body[5 : 5 + count]))
        body = body[5 + count :]
    return found


def packed(content):
    return framed(gzip.compress(content), compressed=1)


def compressed(peer, path, request):
    """Asks until the answer is compressed: the server sends it plain meanwhile."""

    def look():
        answer = peer.call(path, framed(request), headers=ACCEPTS)
        assert (answer.status, answer.grpc) == (200, OK)
        return answer if answer.headers.get("grpc-encoding") == "gzip" else None

    return harness.eventually(look, f"{path} compressed")


# By grpcio.


@pytest.fixture(params=["the channel", "the call"])
def compressing(request, server, pb):
    """The catalog over a channel that compresses, or a function that adds gzip to each call."""
    from rollcall.v1 import catalog_pb2_grpc

    whole = request.param == "the channel"
    channel = grpc.insecure_channel(
        server.address, compression=grpc.Compression.Gzip if whole else None,
        options=[("grpc.use_local_subchannel_pool", 1)])
    stub = catalog_pb2_grpc.ModelCatalogStub(channel)
    yield stub, {} if whole else {"compression": grpc.Compression.Gzip}
    channel.close()


def test_unary_calls_of_a_client_that_compresses(compressing, catalog, pb):
    stub, options = compressing
    plain = catalog.ListModels(pb.ListModelsRequest(page_size=1000))
    for _ in range(3):
        page = stub.ListModels(pb.ListModelsRequest(page_size=1000, filter="id:* OR id:" + "m" * 2_000), **options)
        assert page.models == plain.models
        assert stub.ListModels(pb.ListModelsRequest(), **options).total_size == plain.total_size
    model = stub.GetModel(pb.GetModelRequest(id=plain.models[0].id), **options)
    assert model == plain.models[0]
    assert stub.GetModel(pb.GetModelRequest(id=model.id), compression=grpc.Compression.NoCompression) == model
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetModel(pb.GetModelRequest(id="x" * 400), **options)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_watch_of_a_client_that_compresses(compressing, pb):
    stub, options = compressing
    watch = stub.WatchModels(pb.WatchModelsRequest(filter="id:* OR id:" + "m" * 2_000), timeout=30, **options)
    events = until(watch, lambda event: event.type == pb.SYNCED)
    assert {event.model.id for event in events} >= {model.id for model in stub.ListModels(pb.ListModelsRequest()).models}
    watch.cancel()


def test_a_change_reaches_a_watch_of_a_client_that_compresses(start, dial, pb):
    from rollcall.v1 import admin_pb2, admin_pb2_grpc, catalog_pb2_grpc

    engine = start.engine([harness.card("m")])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: server.models(), "a model")
    channel = grpc.insecure_channel(server.address, compression=grpc.Compression.Gzip)
    watch = catalog_pb2_grpc.ModelCatalogStub(channel).WatchModels(pb.WatchModelsRequest(), timeout=30)
    until(watch, lambda event: event.type == pb.SYNCED)
    labels = {f"label-{number}": "value " * 10 for number in range(40)}
    admin_pb2_grpc.CatalogAdminStub(channel).SetModelLabels(admin_pb2.SetModelLabelsRequest(id="m", labels=labels))
    event = next(event for event in watch if event.type == pb.MODIFIED)
    assert dict(event.model.labels) == labels
    channel.close()


# The interop tests, as far as this contract has them.


def test_client_compressed_unary(peer):
    """Compressed, plain in a call with an encoding, and plain in a call without one."""
    request = b"\x10\x05"
    answers = [
        peer.call(LIST, packed(request), headers=GZIP), peer.call(LIST, framed(request), headers=GZIP),
        peer.call(LIST, framed(request))]
    assert [answer.grpc for answer in answers] == [OK] * 3
    assert len({answer.body for answer in answers}) == 1
    assert all(answer.headers["grpc-accept-encoding"] == "identity,gzip" for answer in answers)
    assert all("grpc-encoding" not in answer.headers for answer in answers), "the client did not say that it takes gzip"


def test_client_compressed_streaming(peer):
    """Each message by its own flag."""
    services, file = b"\x3a\x01*", b"\x22\x18rollcall.v1.ModelCatalog"
    plain = peer.call(REFLECTION, framed(services) + framed(file) + framed(services))
    mixed = peer.call(REFLECTION, packed(services) + framed(file) + packed(services), headers=GZIP)
    assert (mixed.grpc, len(messages(mixed.body))) == (OK, 3)
    assert mixed.body == plain.body


def test_server_compressed_unary(peer):
    """A large answer, and only for a client that takes gzip; a small one is sent plain."""
    request = b"\x10\xe8\x07"

    def both():
        answer, plain = compressed(peer, LIST, request), peer.call(LIST, framed(request))
        [(flag, body)], [(plain_flag, content)] = messages(answer.body), messages(plain.body)
        assert (flag, plain_flag) == (1, 0) and "grpc-encoding" not in plain.headers
        # A change of the fleet between the two makes them differ.
        return (body, content) if gzip.decompress(body) == content else None

    body, content = harness.eventually(both, "the same answer plain and in gzip")
    assert len(body) < len(content) / 4
    small = peer.call(LIST, framed(b"\x10\x01"), headers=ACCEPTS)
    assert messages(small.body)[0][0] == 0
    for accepted in ("identity", "deflate, snappy", "xgzip", "gzip;q=0", ""):
        answer = peer.call(LIST, framed(request), headers=GRPC + [("grpc-accept-encoding", accepted)])
        assert "grpc-encoding" not in answer.headers and messages(answer.body) == [(0, content)], accepted


def test_server_compressed_streaming(peer):
    """A watch of a client that takes gzip: every message is whole, whatever its flag."""
    pseudo = [(":method", "POST"), (":scheme", "http"), (":path", WATCH), (":authority", peer.server.address)]
    stream = peer.open(pseudo + ACCEPTS, framed(b""))
    plain = peer.open(pseudo + GRPC, framed(b""))

    def synced(number):
        """The events to SYNCED."""
        body = peer.answers[number].body
        contents = []
        for flag, content in messages(body):
            contents.append(gzip.decompress(content) if flag else content)
            if contents[-1].startswith(b"\x08\x04"):
                return contents
        return None

    while not (synced(stream) and synced(plain)):
        peer.read()
    assert synced(stream) == synced(plain)
    for number in (stream, plain):
        peer.h2.reset_stream(number, 8)
    peer.flush()


def test_a_page_is_compressed_once_for_many_clients(server):
    request = b"\x10\xe7\x07"
    with Peer(server) as peer:
        first = compressed(peer, LIST, request)

    def ask(_):
        with Peer(server) as peer:
            return [compressed(peer, LIST, request).body for _ in range(5)]

    with ThreadPoolExecutor(16) as pool:
        bodies = {body for bodies in pool.map(ask, range(32)) for body in bodies}
    assert bodies == {first.body}


# What breaks the rules.


@pytest.mark.parametrize("path", [LIST, GET_MODEL, WATCH, REFLECTION])
@pytest.mark.parametrize("body", [
    b"", b"\x1f\x8b", b"no gzip at all", gzip.compress(b"\x10\x05")[:-1], gzip.compress(b"\x10\x05") + b"\0",
    zlib.compress(b"\x10\x05"), gzip.compress(b"\x10\x05" * 1_000)[:-9]],
    ids=["empty", "magic", "text", "cut", "garbage after it", "zlib", "cut long"])
def test_a_broken_message_is_internal(peer, path, body):
    answer = peer.call(path, framed(body, compressed=1), headers=GZIP)
    assert answer.grpc == INTERNAL and "gzip" in answer.headers["grpc-message"]


def test_a_wrong_checksum_is_internal(peer):
    body = bytearray(gzip.compress(b"\x10\x05"))
    body[-6] ^= 1
    assert peer.call(LIST, framed(bytes(body), compressed=1), headers=GZIP).grpc == INTERNAL


def test_several_members_are_one_message(peer):
    body = gzip.compress(b"\x10") + gzip.compress(b"\x05")
    answer = peer.call(LIST, framed(body, compressed=1), headers=GZIP)
    assert answer.grpc == OK and answer.body == peer.call(LIST, framed(b"\x10\x05")).body


@pytest.mark.parametrize("flag", [2, 3, 0x81, 255])
def test_an_unknown_flag_is_internal(peer, flag):
    assert peer.call(LIST, framed(gzip.compress(b""), compressed=flag), headers=GZIP).grpc == INTERNAL


def test_two_compressed_messages_in_a_unary_call_are_refused(peer):
    assert peer.call(LIST, packed(b"\x10\x05") * 2, headers=GZIP).grpc not in {OK, None}


def test_a_compressed_message_is_read_whatever_its_pieces(peer):
    """A byte at a time."""
    pseudo = [(":method", "POST"), (":scheme", "http"), (":path", LIST), (":authority", peer.server.address)]
    stream = peer.open(pseudo + GZIP, b"", end=False)
    data = packed(b"\x10\x05")
    for index in range(len(data)):
        peer.h2.send_data(stream, data[index : index + 1], end_stream=index == len(data) - 1)
        peer.flush()
    assert peer.finish(stream).grpc == OK


def send(peer, path, message):
    """The answer to a compressed message of any size, sent as the windows allow."""
    pseudo = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", peer.server.address)]
    stream, data = peer.open(pseudo + GZIP, b"", end=False), framed(message, compressed=1)
    answer = peer.answers[stream]
    while data and not (answer.ended or answer.reset is not None or peer.closed):
        count = min(peer.h2.local_flow_control_window(stream), 16_000, len(data))
        if count <= 0:
            peer.read()
            continue
        peer.h2.send_data(stream, data[:count], end_stream=count == len(data))
        data = data[count:]
        peer.flush()
    return peer.finish(stream)


def bomb(size):
    """A gzip stream of so many zeros."""
    compressor = zlib.compressobj(9, wbits=31)
    pieces = [compressor.compress(bytes(1 << 24)) for _ in range(size >> 24)]
    return b"".join(pieces) + compressor.flush()


def test_a_bomb_costs_no_more_than_the_message_limit(start):
    server = start.serving(start.simulator(engines=1, models=3))
    one = bomb(1 << 30)
    assert len(one) < MESSAGE_LIMIT
    small = gzip.compress(bytes(64 << 20))
    with Peer(server) as peer:
        # The first calls grow the heap.
        for _ in range(5):
            assert send(peer, LIST, gzip.compress(bytes(MESSAGE_LIMIT - 100))).grpc not in {OK, None}
        before, cpu = server.resident_bytes(), cpu_seconds(server)
        answer = send(peer, LIST, one)
        assert answer.grpc == RESOURCE_EXHAUSTED and str(MESSAGE_LIMIT) in answer.headers["grpc-message"]
        assert peak(server) - before < 4 * MESSAGE_LIMIT
        assert cpu_seconds(server) - cpu < 1, "it is not inflated beyond the limit"
        for path in (WATCH, REFLECTION, GET_MODEL):
            assert send(peer, path, one).grpc == RESOURCE_EXHAUSTED

    stop = threading.Event()

    def attack(_):
        with Peer(server) as peer:
            while not stop.is_set():
                assert send(peer, LIST, small).grpc == RESOURCE_EXHAUSTED

    with ThreadPoolExecutor(8) as pool, Peer(server) as peer:
        attacks = [pool.submit(attack, number) for number in range(8)]
        for _ in range(50):
            assert peer.call(LIST, framed(b"\x10\x01")).grpc == OK
        stop.set()
        for done in attacks:
            done.result()
    assert server.resident_bytes() - before < 8 * MESSAGE_LIMIT
    reached = re.search(r'rollcall_limit_reached_total\{limit="message-bytes"\} (\d+)', httpx.get(f"{server.url}/metrics").text)
    assert int(reached[1]) >= 4


def peak(server):
    """The most resident memory so far, in bytes."""
    with open(f"/proc/{server.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024


def cpu_seconds(server):
    with open(f"/proc/{server.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
