"""Many requests and many watches, cut at random: nothing is left behind."""

import os
import random
import socket

import grpc
import httpx
import pytest

import harness
from peers import GRPC, Peer, framed

# `scripts/soak requests` makes more of them. A watch for each ten requests.
REQUESTS = int(os.environ.get("SOAK_REQUESTS", "10000"))
WATCHES = REQUESTS // 10
SEED = int(os.environ.get("SOAK_SEED", "2"))


def requests(server, catalog, pb, choose):
    with httpx.Client(base_url=server.url) as one, httpx.Client(base_url=server.url, http2=True, http1=False) as two:
        for number in range(REQUESTS):
            which = choose.randrange(4)
            if which == 0:
                assert one.get("/v1/models/model-1").status_code == 200
            elif which == 1:
                assert two.get("/v1/models").status_code == 200
            elif which == 2:
                assert catalog.GetModel(pb.GetModelRequest(id="model-1")).id == "model-1"
            else:
                with pytest.raises(grpc.RpcError):
                    catalog.GetModel(pb.GetModelRequest(id=f"nothing-{number}"))


def watches(server, choose):
    """Streams on connections of ten, each ended in a way of its own, or not at all before its connection is cut."""
    for _ in range(WATCHES // 10):
        with Peer(server) as peer:
            headers = [
                (":method", "POST"), (":scheme", "http"), (":path", "/rollcall.v1.ModelCatalog/WatchModels"),
                (":authority", server.address)]
            for _ in range(10):
                timeout = [("grpc-timeout", f"{choose.randrange(1, 50)}m")] if choose.random() < 0.3 else []
                stream = peer.open(headers + GRPC + timeout, framed(b""), end=choose.random() < 0.9)
                if choose.random() < 0.5:
                    peer.read()
                answer = peer.answers[stream]
                if choose.random() < 0.5 and not answer.ended and answer.reset is None:
                    peer.h2.reset_stream(stream, 8)
                    peer.flush()
            if choose.random() < 0.5:  # a reset in place of a goodbye
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.slow
@pytest.mark.timeout(600 + REQUESTS // 50)
def test_requests_and_watches_that_are_cut_leave_nothing_behind(start, connect, pb, note):
    engine = start.engine([harness.card(f"model-{number}") for number in range(200)])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 200, "the models")
    catalog = connect(server)
    choose = random.Random(SEED)

    # The first round fills pools and caches; the second must find them.
    requests(server, catalog, pb, choose)
    watches(server, choose)
    harness.eventually(lambda: server.metric("rollcall_watchers") == 0, "no watcher", timeout=60)
    memory = server.resident_bytes()
    descriptors = harness.eventually(server.descriptors, "descriptors")

    requests(server, catalog, pb, choose)
    watches(server, choose)
    harness.eventually(lambda: server.metric("rollcall_watchers") == 0, "no watcher", timeout=60)
    harness.eventually(lambda: server.descriptors() <= descriptors + 3, "closed descriptors", timeout=60)
    grown = server.resident_bytes() - memory
    note(f"{REQUESTS} requests and {WATCHES} watches cut at random, seed {SEED}: resident memory {memory / 1e6:.1f} MB, "
         f"{grown / 1e6:+.1f} MB after as many again")
    assert grown < 5_000_000
    assert catalog.GetModel(pb.GetModelRequest(id="model-1")).state == pb.READY
    assert server.drain() == 0
