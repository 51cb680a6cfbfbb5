"""One client for each limit of clients: it crosses the limit, and checks what it gets. Frames are those of scripts/attacks."""

import dataclasses
import pathlib
import socket
import sys
import time

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/attacks"))

import frames  # noqa: E402
from frames import ACK, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, PING, SETTINGS, frame  # noqa: E402
from wire import Plain, Wire  # noqa: E402

ENHANCE_YOUR_CALM, REFUSED_STREAM = 11, 7
RESOURCE_EXHAUSTED, UNAVAILABLE = "8", "14"
ROWS = {}


@dataclasses.dataclass
class Row:
    """The client of one limit: the values of limits that its server has, and the limit under whose name it counts."""

    limits: dict
    cross: object
    # None: nothing counts, for the reason in the client's text.
    counts: str | None


def row(name, counts=None, is_counted=True, **limits):
    """Names the client of a limit. `limits` are those of its server, with `_` for `-`; `counts` is the limit that counts, the same
    when it is None."""

    def add(cross):
        values = {limit.replace("_", "-"): value for limit, value in limits.items()}
        ROWS[name] = Row(values, cross, (counts or name) if is_counted else None)
        return cross

    return add


def until(wire, check, what):
    """Reads from the server until something is true."""
    deadline = time.monotonic() + harness.PATIENCE
    while not check():
        assert time.monotonic() < deadline, f"{what} did not come true; the connection: {wire.outcome()}"
        wire.take(0.1)
        if not wire.is_open: time.sleep(0.01)


def ended(wire):
    until(wire, lambda: not wire.is_open, "the end of the connection")
    return wire


def opened(server, **options):
    """A connection of HTTP/2 on which SETTINGS have been exchanged."""
    wire = Wire(server, **options)
    until(wire, lambda: wire.frames[SETTINGS] > 1, "SETTINGS")
    return wire


def watching(server, **options):
    """A connection with a watch that has begun."""
    wire = opened(server, **options)
    stream = wire.call(frames.WATCH_MODELS)
    until(wire, lambda: wire.data[stream] > 0, "the watch")
    return wire


def status(wire, stream, code):
    """The stream ends with a status of gRPC; the connection goes on."""
    until(wire, lambda: stream in wire.done, "the end of the call")
    assert wire.fields[stream].get("grpc-status") == code, wire.fields[stream]
    assert wire.finish(wire.get("/healthz"))[":status"] == "200"
    return wire.fields[stream]["grpc-message"]


def answered(wire, stream, code):
    assert wire.finish(stream, harness.PATIENCE)[":status"] == str(code)


# Connections.


def first_watch(server):
    """A connection with a watch, at a place that the connections before it have left."""
    def attempt():
        wire = Wire(server)
        until(wire, lambda: wire.frames[SETTINGS] > 1 or not wire.is_open, "SETTINGS")
        # The place of a connection before it may not be free yet.
        if not wire.is_open: return wire.close()
        stream = wire.call(frames.WATCH_MODELS)
        until(wire, lambda: wire.data[stream] > 0 or not wire.is_open or stream in wire.done, "the answer")
        return wire if wire.data[stream] else wire.close()

    return harness.eventually(attempt, "a watch")


@row("connections", connections=6)
def idle_connection_gives_way(server):
    """An idle connection ends in order, for the sake of a new one."""
    idle = [opened(server) for _ in range(6)]
    time.sleep(0.2)
    busy = watching(server)
    until(busy, lambda: [wire for wire in idle if wire.take() or not wire.is_open], "the end of an idle connection")
    assert all(wire.is_open or wire.goaway[0] == 0 for wire in idle) and busy.is_open
    for wire in (busy, *idle): wire.close()


@row("connections-per-peer", connections_per_peer=1)
def second_connection_of_an_address(server):
    """The connection is closed at once."""
    busy = first_watch(server)
    assert ended(Wire(server)).frames[SETTINGS] == 0
    busy.close()


@row("reserved-connections", counts="connections", connections=1, reserved_connections=1)
def connection_beyond_the_reserve(server):
    """The connection is closed at once; the one before it has the reserved place."""
    busy, reserved = first_watch(server), opened(server)
    refused = ended(Wire(server))
    assert refused.frames[SETTINGS] == 0
    answered(reserved, reserved.get("/healthz"), 200)
    for wire in (busy, reserved): wire.close()


# The life of a connection.


@row("opening-time", opening_time="300ms")
def silent_connection(server):
    """The connection is closed."""
    ended(Plain(server))
    wire = Wire(server, hello=False)
    wire.send(frames.PREFACE)
    ended(wire)


@row("head-time", head_time="500ms")
def half_a_head(server):
    """The connection is closed."""
    for head in (b"GET / HT", frames.PREFACE + frames.settings({}) + frame(HEADERS, 0, 1, b"\x82")):
        plain = Plain(server)
        plain.send(head)
        ended(plain)


def trickle(server, pause):
    """A call whose body comes in pieces of 100 bytes; its connection and its stream."""
    wire = opened(server)
    stream = wire.stream()
    wire.send(frame(HEADERS, END_HEADERS, stream, frames.call(frames.GET_MODEL)))
    wire.send(frame(frames.DATA, 0, stream, b"\0\0\x10\0\0"))
    while stream not in wire.done and wire.is_open and wire.sent_count < 100_000:
        wire.send(frame(frames.DATA, 0, stream, bytes(100)))
        wire.take()
        time.sleep(pause)
    return wire, stream


@row("body-time", body_time="1s")
def body_that_stops(server):
    """The call ends as RESOURCE_EXHAUSTED."""
    wire = opened(server)
    stream = wire.stream()
    wire.send(frame(HEADERS, END_HEADERS, stream, frames.call(frames.GET_MODEL)))
    assert "too slowly" in status(wire, stream, RESOURCE_EXHAUSTED)


@row("body-rate", counts="body-time", body_time="1s", body_rate="1MiB/s")
def body_below_the_rate(server):
    """The call ends as RESOURCE_EXHAUSTED, though bytes come all the time."""
    wire, stream = trickle(server, 0.05)
    assert "too slowly" in status(wire, stream, RESOURCE_EXHAUSTED)


@row("idle-time", idle_time="1s")
def idle_connection(server):
    """The connection ends in order."""
    assert ended(opened(server)).goaway[0] == 0


@row("stall-time", stall_time="1s")
def answer_behind_a_shut_window(server):
    """The stream is reset, and its connection goes on."""
    wire = opened(server, settings={INITIAL_WINDOW_SIZE: 0})
    stream = wire.get("/v1/models")
    until(wire, lambda: stream in wire.done, "the reset")
    assert wire.resets == {ENHANCE_YOUR_CALM: 1}
    wire.send(frames.settings({INITIAL_WINDOW_SIZE: 65_535}))
    answered(wire, wire.get("/healthz"), 200)


@row("read-rate", counts="stall-time", stall_time="1s", read_rate="1MiB/s")
def answer_below_the_rate(server):
    """The stream is reset, though its client takes some bytes all the time."""
    wire = opened(server, settings={INITIAL_WINDOW_SIZE: 0})
    stream = wire.get("/v1/models?view=full")
    while stream not in wire.done:
        wire.take(0.1)
        time.sleep(0.05)
        wire.send(frames.window_update(stream, 100))
        assert wire.is_open and wire.data[stream] < 20_000
    assert wire.resets == {ENHANCE_YOUR_CALM: 1} and wire.data[stream] > 0


@row("max-age", max_age="1s")
def old_connection(server):
    """The connection ends in order, in two steps."""
    wire = ended(opened(server))
    assert wire.goaway[0] == 0 and wire.frames[frames.GOAWAY] == 2


@row("max-age-grace", max_age="1s", max_age_grace="1s")
def watch_of_an_old_connection(server):
    """The watch ends as UNAVAILABLE."""
    wire = watching(server)
    ended(wire)
    assert wire.goaway[0] == 0 and wire.fields[1]["grpc-status"] == UNAVAILABLE


@row("keepalive-time", is_counted=False, keepalive_time="1s")
def quiet_client(server):
    """The client gets a PING. A client that answers is no offender, so nothing counts."""
    wire = watching(server)
    until(wire, lambda: wire.frames[PING] > 0, "the server's PING")
    wire.close()


@row("keepalive-timeout", keepalive_time="1s", keepalive_timeout="1s")
def client_that_answers_no_ping(server):
    """The connection is closed."""
    wire = watching(server)
    wire.acknowledges = False
    ended(wire)


@row("ping-interval", ping_interval="10s")
def pings_without_a_pause(server):
    """GOAWAY, with the text that gRPC's clients know."""
    wire = opened(server)
    wire.send(frame(PING, 0, 0, bytes(8)) * 5)
    assert ended(wire).goaway == (ENHANCE_YOUR_CALM, "too_many_pings")


@row("linger-time", linger_time="500ms")
def client_that_never_ends_its_side(server):
    """The connection is closed."""
    with socket.create_connection((server.host, server.port)) as sock:
        sock.settimeout(harness.PATIENCE)
        sock.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        while sock.recv(65_536): pass
        started = time.monotonic()
        try:
            while time.monotonic() < started + harness.PATIENCE:
                time.sleep(0.1)
                sock.sendall(b"x")
            raise AssertionError("the connection is open")
        except ConnectionError:
            assert time.monotonic() - started > 0.3


# Requests.


@row("streams", streams=2)
def stream_too_many(server):
    """The stream is refused, and the others of its connection go on."""
    wire = watching(server)
    second, third, fourth = (wire.call(frames.WATCH_MODELS) for _ in range(3))
    until(wire, lambda: wire.resets[REFUSED_STREAM] == 2, "the refusals")
    assert {third, fourth} <= wire.done and wire.goaway is None
    until(wire, lambda: wire.data[second] > 0, "the second watch")
    wire.send(frames.reset(second))
    answered(wire, wire.get("/healthz"), 200)


def field_of(wire, *fields):
    stream = wire.stream()
    wire.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, frames.get("/healthz") + frames.block(fields)))
    return stream


@row("header-bytes", header_bytes=2_000)
def head_too_large(server):
    """REST gets 431, a call RESOURCE_EXHAUSTED, and a head that goes on and on a reset."""
    wire = opened(server)
    answered(wire, field_of(wire, ("x", "y" * 2_000)), 431)
    stream = wire.stream()
    head = frames.call(frames.GET_MODEL) + frames.block([("x", "y" * 2_000)])
    wire.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, head))
    status(wire, stream, RESOURCE_EXHAUSTED)
    until(wire, lambda: stream in wire.done, "the status")
    # One field of HPACK's table, again and again.
    block = frames.get("/healthz") + frames.literal("x", "y" * 900, first=0x40) + b"\xbe" * 20
    wire.send(frame(HEADERS, END_HEADERS | END_STREAM, wire.stream(), block))
    until(wire, lambda: wire.resets.total() == 1, "the reset")
    harness.eventually(lambda: reached(server, "header-bytes") == 3, "the counts")


@row("header-fields", header_fields=20)
def fields_too_many(server):
    """431."""
    wire = opened(server)
    answered(wire, field_of(wire, *[("x", "y")] * 20), 431)
    answered(wire, wire.get("/healthz"), 200)


@row("message-bytes", message_bytes=2_048)
def message_too_large(server):
    """The call ends as RESOURCE_EXHAUSTED."""
    wire = opened(server)
    assert "2048 bytes" in status(wire, wire.call(frames.GET_MODEL, bytes(2_049)), RESOURCE_EXHAUSTED)
    assert "2048 bytes" in status(wire, wire.call(frames.WATCH_MODELS, bytes(2_049)), RESOURCE_EXHAUSTED)


@row("body-bytes", body_bytes=2_048)
def body_too_large(server):
    """413."""
    wire = opened(server)
    stream = wire.stream()
    wire.send(frame(HEADERS, END_HEADERS, stream, frames.get("/healthz")) + frame(frames.DATA, 0, stream, bytes(2_049)))
    answered(wire, stream, 413)


@row("reply-bytes", reply_bytes=2_048)
def reply_too_large(server):
    """The call ends as RESOURCE_EXHAUSTED; REST has no such limit."""
    wire = opened(server)
    assert "ask for less" in status(wire, wire.call(frames.LIST_MODELS, frames.FULL_LIST), RESOURCE_EXHAUSTED)
    answered(wire, wire.get("/v1/models?view=full"), 200)


@row("unfinished-bytes", unfinished_bytes=10_000)
def unfinished_requests(server):
    """The call that comes last ends as RESOURCE_EXHAUSTED; over REST it gets 503."""
    wire = opened(server)
    first, second = wire.stream(), wire.stream()
    for stream in (first, second):
        wire.send(frame(HEADERS, END_HEADERS, stream, frames.call(frames.GET_MODEL)))
        wire.send(frame(frames.DATA, 0, stream, frames.message(bytes(9_000))[:8_000]))
    assert "unfinished" in status(wire, second, RESOURCE_EXHAUSTED)
    assert first not in wire.done
    third = wire.stream()
    wire.send(frame(HEADERS, END_HEADERS, third, frames.get("/healthz")) + frame(frames.DATA, 0, third, bytes(8_000)))
    answered(wire, third, 503)


@row("unsent-bytes", unsent_bytes=10_000)
def answers_behind_shut_windows(server):
    """The answers wait until the client reads, and come whole."""
    wire = opened(server, settings={INITIAL_WINDOW_SIZE: 0})
    streams = [wire.call(frames.LIST_MODELS, frames.FULL_LIST)]
    until(wire, lambda: streams[0] in wire.fields, "the head of the first answer")
    streams += [wire.call(frames.LIST_MODELS, frames.FULL_LIST) for _ in range(4)]
    harness.eventually(lambda: reached(server, "unsent-bytes") > 0, "the waiting")
    wire.take(0.1)
    assert not wire.done
    wire.send(frames.settings({INITIAL_WINDOW_SIZE: 1 << 20}) + frames.window_update(0, 1 << 24))
    for stream in streams: assert wire.finish(stream, harness.PATIENCE)["grpc-status"] == "0"
    assert all(wire.data[stream] > 10_000 for stream in streams)


@row("memory", memory=100_000)
def connections_that_hold_too_much(server):
    """The connection that holds the most ends, and another client gets its answers."""
    closed = {INITIAL_WINDOW_SIZE: 0}
    wires = [opened(server, settings=closed, receive_buffer=4_096) for _ in range(4)]
    for wire in wires:
        for _ in range(10): wire.call(frames.LIST_MODELS, frames.FULL_LIST)
    harness.eventually(lambda: reached(server, "memory") > 0, "the count")
    other = opened(server)
    answered(other, other.get("/v1/models"), 200)
    for wire in wires: wire.close()


# Frames. Their clients share a server.

FRAMES = {
    "queued_frames": 200, "streams": 100, "watches": 50, **{
        name: value for burst, rate in [
            ("refused_streams", "refused_stream_rate"), ("resets", "reset_rate"), ("stream_errors", "stream_error_rate"),
            ("pings", "ping_rate"), ("settings", "settings_rate"), ("priorities", "priority_rate"),
            ("empty_frames", "empty_frame_rate"), ("window_updates", "window_update_rate")]
        for name, value in ((burst, 30), (rate, "5/s"))}}


def opened_stream(wire):
    stream = wire.stream()
    return stream, frame(HEADERS, END_HEADERS, stream, frames.call(frames.WATCH_MODELS))


def refused(wire):
    """A stream more than the limit; the first calls fill it up."""
    return opened_stream(wire)[1]


def rapid_reset(wire):
    stream, head = opened_stream(wire)
    return head + frames.reset(stream)


def malformed(wire):
    """A request without a method."""
    return frame(HEADERS, END_HEADERS | END_STREAM, wire.stream(), frames.block([("a", "b")]))


def ping(wire):
    """A PING after an answer: then `ping-interval` does not forbid it."""
    if wire.is_open: wire.finish(wire.get("/healthz"))
    return frame(PING, 0, 0, bytes(8))


def fill(wire):
    wire.send(b"".join(opened_stream(wire)[1] for _ in range(100)))


def frame_rows():
    """The two rows of each kind of frame: as many at once as a burst forbids, and a rate that only the burst allows for a while."""
    def same(data): return lambda wire: data

    kinds = [
        ("refused-streams", "refused-stream-rate", "too_many_refused_streams", refused, fill),
        ("resets", "reset-rate", "too_many_resets", rapid_reset, None),
        ("stream-errors", "stream-error-rate", "too_many_stream_errors", malformed, None),
        ("pings", "ping-rate", "too_many_pings", ping, None),
        ("settings", "settings-rate", "too_many_settings", same(frames.settings({})), None),
        ("priorities", "priority-rate", "too_many_priorities", same(frames.priority(101)), None),
        ("empty-frames", "empty-frame-rate", "too_many_empty_frames", same(frame(0xEE, 0, 0, b"x")), None),
        ("window-updates", "window-update-rate", "too_many_window_updates", same(frames.window_update(0, 1)), None),
    ]
    for burst, rate, text, one, start in kinds:
        def at_once(server, text=text, one=one, start=start):
            """GOAWAY, which names the kind of frame."""
            wire = opened(server)
            if start: start(wire)
            if one is ping:
                for _ in range(60): wire.send(one(wire))
            else:
                wire.send(b"".join(one(wire) for _ in range(60)))
            assert ended(wire).goaway == (ENHANCE_YOUR_CALM, text)

        def for_long(server, text=text, one=one, start=start):
            """GOAWAY after the burst is used up, by frames that come one by one."""
            wire = opened(server)
            if start: start(wire)
            sent = 0
            while wire.is_open and sent < 3_000:
                wire.send(one(wire))
                sent += 1
                wire.take(0.01)
                # The server answers nothing to some kinds, and takes its time.
                time.sleep(0.01)
            assert ended(wire).goaway == (ENHANCE_YOUR_CALM, text) and sent >= 25

        row(burst, **FRAMES)(at_once)
        row(rate, counts=burst, **FRAMES)(for_long)


frame_rows()


@row("queued-frames", **{**FRAMES, "settings": 100_000})
def answers_that_nothing_takes(server):
    """GOAWAY: more answers than the limit would wait, to SETTINGS that come at once."""
    wire = opened(server)
    deadline = time.monotonic() + harness.PATIENCE
    while wire.is_open and time.monotonic() < deadline:
        wire.send(frames.settings({}) * 500)
        wire.take(0.1)
    assert ended(wire).goaway == (ENHANCE_YOUR_CALM, "too_many_queued_frames")


# Work.


def watch_too_many(server, wires, name, filter=b""):
    """The last of some watches, each on its connection, ends as RESOURCE_EXHAUSTED and names the limit; over REST it gets 503."""
    *others, last = wires
    for wire in others:
        stream = wire.call(frames.WATCH_MODELS, filter)
        until(wire, lambda: wire.data[stream] > 0, "the watch")
    assert name in status(last, last.call(frames.WATCH_MODELS, filter), RESOURCE_EXHAUSTED)
    answered(last, last.get("/v1/models?watch=true" + ("&filter=id%3D%22" + "a" * 900 + "%22" if filter else "")), 503)


@row("watches", watches=2)
def watch_beyond_all(server):
    watch_too_many(server, [opened(server) for _ in range(3)], "watches")


@row("watches-per-peer", watches_per_peer=2)
def watch_beyond_those_of_an_address(server):
    watch_too_many(server, [opened(server) for _ in range(3)], "watches-per-peer")


@row("watches-per-connection", watches_per_connection=2)
def watch_beyond_those_of_a_connection(server):
    watch_too_many(server, [opened(server)] * 3, "watches-per-connection")
    other = watching(server)
    other.close()


@row("watch-text-bytes", watch_text_bytes=1_024)
def filters_that_are_too_long_together(server):
    text = frames.field(2, 'id = "' + "a" * 600 + '*"')
    wire = opened(server)
    stream = wire.call(frames.WATCH_MODELS, text)
    until(wire, lambda: wire.data[stream] > 0, "the watch")
    watch_too_many(server, [wire], "watch-text-bytes", text)


def answers(server, count, path):
    """The statuses of requests that come at once, on one connection."""
    wire = opened(server)
    streams = []
    request = b""
    for number in range(count):
        stream = wire.stream()
        streams.append(stream)
        request += frame(HEADERS, END_HEADERS | END_STREAM, stream, frames.get(path.format(number)))
    wire.send(request)
    return [wire.finish(stream, harness.PATIENCE)[":status"] for stream in streams]


# A list over more models than one visits on the event loop. Each has another filter, so that none is made for two.
SLOW = "/v1/models?filter=id%3D%22*x{}*%22&order_by=id%20desc"


@row("tasks", tasks=1)
def answer_that_waits_for_its_turn(server):
    """The answers come, one after the other."""
    assert set(answers(server, 4, SLOW)) == {"200"}


@row("waiting-tasks", tasks=1, waiting_tasks=1)
def answer_too_many(server):
    """503; two answers come."""
    codes = answers(server, 40, SLOW)
    assert set(codes) == {"200", "503"}


@row("tasks-per-peer", tasks=64, tasks_per_peer=1)
def answer_too_many_of_an_address(server):
    """503; the first answer comes."""
    codes = answers(server, 40, SLOW)
    assert set(codes) == {"200", "503"}


@row("lists-per-peer", lists_per_peer=1)
def list_too_many_of_an_address(server):
    """503; two lists come."""
    codes = answers(server, 40, SLOW)
    assert set(codes) == {"200", "503"}


def reached(server, limit):
    """How often clients met a limit."""
    return server.metric(f'rollcall_limit_reached_total{{limit="{limit}"}}')
