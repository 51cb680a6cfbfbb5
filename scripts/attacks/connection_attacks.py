"""Attacks with connections, with descriptors, and with the share of one peer."""

import json
import socket
import struct

import frames
from frames import INITIAL_WINDOW_SIZE
from registry import attack
from wire import Plain, Wire

ANOTHER = "127.0.0.2"


def opened(run, count, first=b"", pause=20, wait=1.0):
    """So many connections that have sent some bytes."""
    plains = []
    for number in range(count):
        plains.append(Plain(run.target, wait=wait))
        if first:
            plains[-1].send(first)
        run.sent += plains[-1].is_open
        if number % pause == 0:
            run.pause(0.005)
        if run.is_over:
            break
    return plains


def held(run, plains):
    """Keeps them until the end."""
    while not run.is_over:
        for plain in plains: plain.take()
        run.pause(0.25)
    run.ended(*plains)


@attack("9,999 connections that sent 1 byte", seconds=7, long_seconds=15, tls_seconds=20, connections=2_500)
def connections_of_one_byte(run):
    """As many connections as the server takes, each past its first byte: the server refuses all other clients."""
    held(run, opened(run, 9_999, b"G"))


@attack("9,999 connections that sent nothing", is_quick=False, long_seconds=15, connections=2_500)
def silent_connections(run):
    """The same without a byte."""
    held(run, opened(run, 9_999))


@attack("3,000 idle connections after a request", is_quick=False, connections=2_500)
def idle_connections(run):
    """Connections that were good once and stay."""
    held(run, opened(run, 3_000, b"GET /healthz HTTP/1.1\r\nHost: attack\r\n\r\n"))


@attack("1,000 connections/s, closed at once")
def connection_flood(run):
    """Connections that come and go."""
    for count in run.ticks(1_000):
        for _ in range(count):
            plain = Plain(run.target, wait=0.5)
            run.sent += plain.is_open
            plain.close("closed by the attacker")
            run.outcomes[plain.end] += 1


@attack("1,000 connections/s, reset behind a request", is_quick=False)
def connection_resets(run):
    """Connections that ask, and are reset before the answer."""
    for count in run.ticks(1_000):
        for _ in range(count):
            plain = Plain(run.target, wait=0.5)
            plain.send(b"GET /v1/models HTTP/1.1\r\nHost: attack\r\n\r\n")
            if plain.is_open:
                plain.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                run.sent += 1
            plain.close("closed by the attacker")
            run.outcomes[plain.end] += 1


@attack("500 connections/s with preface and SETTINGS")
def preface_flood(run):
    """HTTP/2 sessions that are made and left."""
    for count in run.ticks(500):
        for _ in range(count):
            wire = Wire(run.target)
            wire.get("/healthz")
            run.sent += wire.is_open
            wire.close("closed by the attacker")
            run.outcomes[wire.end] += 1


def states(wire):
    """How many models are listed, and how many are READY."""
    wire.bodies = {}
    stream = wire.get("/v1/models")
    if wire.finish(stream) is None:
        return None
    listed = json.loads(wire.bodies[stream] or "{}").get("data", [])
    return len(listed), sum(model["state"] == "READY" for model in listed)


def descriptors(run, count):
    """Takes descriptors, and looks whether the server still lists its engines as READY."""
    wire = Wire(run.target, source=ANOTHER)
    before = states(wire)
    plains = opened(run, count, b"GET /healthz HTTP/1.1\r\nHost: attack\r\n\r\n")
    while not run.is_over:
        for plain in plains: plain.take()
        run.pause(0.5)
        # Refused connections come again, as clients of an exhausted cluster do.
        plains = [plain if plain.is_open else Plain(run.target, wait=0.2) for plain in plains]
    # A connection that was idle all the time may have made room for another.
    after = states(wire) or states(Wire(run.target, source=ANOTHER))
    if after is None:
        run.find("the list is not answered")
    elif after != before:
        run.find(f"{before[1]} of {before[0]} models were READY, now {after[1]} of {after[0]}")
    run.ended(*plains, wire)


@attack("150 connections at 90 descriptors, 120 engines", descriptors=90, engines=120, seconds=3)
def few_descriptors(run):
    """EMFILE: the probes' descriptors are taken, and engines that are well must not be listed as dead."""
    descriptors(run, 150)


@attack("1,000 connections at 256 descriptors", descriptors=256, is_quick=False)
def descriptor_exhaustion(run):
    """The same with a usual number of engines."""
    descriptors(run, 1_000)


@attack("11,000 watches of one peer", seconds=2.5)
def all_watches(run):
    """One peer takes all slots of watches; another peer's watch must begin."""
    wires = [Wire(run.target, settings={INITIAL_WINDOW_SIZE: 0}) for _ in range(11)]
    for wire in wires:
        wire.take(0.2)
        for _ in range(100):
            wire.send(b"".join(frames.request(wire.stream(), frames.WATCH_MODELS, b"") for _ in range(10)))
            run.sent += 10
            wire.take()
    for wire in wires: wire.take(0.1)
    another = Wire(run.target, source=ANOTHER)
    stream = another.call(frames.WATCH_MODELS)
    while not another.data[stream] and stream not in another.done and another.is_open and not run.is_over:
        another.take(0.1)
    if not another.data[stream]:
        run.find(f"another peer's watch gets no event: {another.fields.get(stream)}")
    while not run.is_over:
        for wire in wires: wire.take()
        run.pause(0.2)
    run.ended(*wires)
    another.close()


@attack("500 lists/s by a filter, 10,000 models", models=1_000, seconds=3)
def all_lists(run):
    """One peer fills the queue of lists that take time; another peer's list must be answered."""
    wires = [Wire(run.target) for _ in range(4)]
    another = Wire(run.target, source=ANOTHER)
    waiting, since, number = None, 0.0, 0
    for count in run.ticks(500):
        for wire in wires:
            wire.take()
            # The window of the connection, whatever the answers.
            wire.send(frames.window_update(0, 1 << 20) if wire.is_open else b"")
        for _ in range(count):
            number += 1
            # Each is another list: none comes from a cache.
            body = frames.field(4, f'NOT id = "x{number}"') + frames.field(5, "labels.a desc, id")
            wire = wires[number % len(wires)]
            wire.send(frames.request(wire.stream(), frames.LIST_MODELS, body))
            run.sent += 1
        another.take()
        if waiting is None:
            since = run.passed
            body = frames.field(4, f'NOT id = "y{number}"') + frames.field(5, "owned_by, id")
            waiting = another.call(frames.LIST_MODELS, body)
        elif waiting in another.done:
            code = another.fields.get(waiting, {}).get("grpc-status")
            if code != "0":
                run.find(f"another peer's list gets grpc-status {code}")
            another.send(frames.window_update(0, max(1, another.data[waiting])))
            waiting = None
        elif run.passed - since > 2:
            run.find("another peer's list waits for more than 2 s")
    run.ended(*wires)
    another.close()


@attack("1,000 calls/s, each over another half-open stream")
def half_closed_never(run):
    """Streams that never end their request: as many as the server allows, on 20 connections."""
    wires = [Wire(run.target) for _ in range(20)]
    for count in run.ticks(1_000):
        for number in range(count):
            wire = wires[(run.sent + number) % 20]
            wire.send(frames.frame(frames.HEADERS, frames.END_HEADERS, wire.stream(), frames.call(frames.GET_MODEL)))
        run.sent += count
        for wire in wires: wire.take()
    run.ended(*wires)
