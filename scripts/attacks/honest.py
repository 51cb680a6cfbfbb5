"""Clients that do nothing wrong, though some of it looks like an attack. None of them may be cut."""

import threading
import time

import frames
import secured
from frames import INITIAL_WINDOW_SIZE, PING, frame
from registry import honest
from wire import Plain, Wire

LARGE = {INITIAL_WINDOW_SIZE: frames.LARGEST_WINDOW}


def must_be_open(run, connection):
    if not connection.is_open or getattr(connection, "goaway", None):
        run.find(f"the connection was cut after {run.passed:.0f} s: {connection.outcome()}")
        return False
    return True


@honest("2,000 calls/s, each cancelled", seconds=3, long_seconds=10)
def cancels(run):
    """A proxy whose clients give up: calls of all kinds that are cancelled a moment after they were sent."""
    wire, old = Wire(run.target), []
    wire.take(0.2)
    for count in run.ticks(2_000):
        wire.send(b"".join(frames.reset(stream) for stream in old if stream not in wire.done))
        old = [wire.stream() for _ in range(count)]
        body = frames.field(2, run.target.model)
        wire.send(b"".join(frames.request(stream, frames.WATCH_MODELS if stream % 4 == 1 else frames.GET_MODEL, (
            frames.field(2, 'id = "nothing"') if stream % 4 == 1 else body)) for stream in old))
        wire.take()
        run.sent += count
        if wire.frames[frames.DATA]:
            wire.send(frames.window_update(0, max(1, sum(wire.data.values()))))
            wire.data.clear()
        if not must_be_open(run, wire):
            break
    run.notes.append(f"{run.sent:,} cancelled")
    last = wire.call(frames.GET_MODEL, frames.field(2, run.target.model))
    if wire.is_open and (wire.finish(last) or {}).get("grpc-status") != "0":
        run.find("a call after them is not answered")
    run.ended(wire)


@honest("1,000 watches on one connection", seconds=3)
def streams(run):
    """An informer with a thousand watches: all must begin, and none may be reset."""
    wire = Wire(run.target, settings=LARGE)
    wire.take(0.2)
    wire.send(frames.window_update(0, 1 << 30))
    numbers = [wire.call(frames.WATCH_MODELS, frames.field(2, 'id = "nothing"')) for _ in range(1_000)]
    while not run.is_over and must_be_open(run, wire):
        wire.take(0.1)
    begun = sum(wire.data[number] > 0 for number in numbers)
    if begun < 1_000 or wire.done:
        run.find(f"{begun} of 1,000 watches began, {len(wire.done)} ended: {wire.outcome()}")
    run.notes.append(f"{begun:,} watches began")
    run.ended(wire)


@honest("2,000 small requests/s on one connection", seconds=2, long_seconds=10)
def small_requests(run):
    """A busy client that reads all that it asks for."""
    wire = Wire(run.target, settings=LARGE)
    wire.take(0.2)
    body = frames.field(2, run.target.model)
    for count in run.ticks(2_000):
        wire.send(b"".join(frames.request(wire.stream(), frames.GET_MODEL, body) for _ in range(count)))
        run.sent += count
        wire.take()
        if total := sum(wire.data.values()):
            wire.send(frames.window_update(0, total))
            wire.data.clear()
        if not must_be_open(run, wire):
            break
    until = time.monotonic() + 5
    while len(wire.done) < run.sent and wire.is_open and time.monotonic() < until:
        wire.take(0.1)
        if total := sum(wire.data.values()):
            wire.send(frames.window_update(0, total))
            wire.data.clear()
    good = sum(fields.get("grpc-status") == "0" for fields in wire.fields.values())
    if good < run.sent:
        run.find(f"{good:,} of {run.sent:,} calls were answered")
    run.notes.append(f"{good:,} answers")
    run.ended(wire)


@honest("100 connections/s, one request each", seconds=1.5, long_seconds=10)
def short_connections(run):
    """Scripts that call curl."""
    for count in run.ticks(100):
        for _ in range(count):
            plain = Plain(run.target)
            plain.send(b"GET /healthz HTTP/1.1\r\nHost: honest\r\nConnection: close\r\n\r\n")
            while plain.is_open and plain.take(2): pass
            run.sent += 1
            if not plain.received.startswith(b"HTTP/1.1 200"):
                run.find(f"a request is not answered: {plain.outcome()}")
            plain.close()
    run.notes.append(f"{run.sent:,} requests")


def steady(run, connection, rate):
    """Reads at so many bytes a second, without a pause and without a word."""
    for count in run.ticks(rate, tick=0.05):
        connection.take(limit=count)
        if not must_be_open(run, connection):
            break
    run.notes.append(f"{connection.received_count / 1e6:,.1f} MB read")
    run.ended_unread(connection)


def steady_http2(run, path, rate, receive_buffer):
    wire = Wire(run.target, settings=LARGE, receive_buffer=receive_buffer)
    wire.take(0.2)
    wire.send(frames.window_update(0, 1 << 30))
    # More than can be read meanwhile.
    for _ in range(3): wire.get(path)
    steady(run, wire, rate)


def steady_http1(run, path, rate, receive_buffer):
    plain = Plain(run.target, receive_buffer=receive_buffer)
    plain.send(f"GET {path} HTTP/1.1\r\nHost: honest\r\n\r\n".encode() * 3)
    steady(run, plain, rate)


@honest("400 KB/s of 43 MB without a pause", seconds=75, is_light=True)
def steady_reader(run):
    """A client on a thin line that reads large answers over HTTP/2 for more than a minute."""
    steady_http2(run, "/v1/models?view=full", 400_000, 65_536)


@honest("400 KB/s of 43 MB without a pause, HTTP/1.1", seconds=75, is_light=True)
def steady_reader_http1(run):
    """The same over HTTP/1.1."""
    steady_http1(run, "/v1/models?view=full", 400_000, 65_536)


@honest("20 KB/s", seconds=75, long_seconds=300, is_light=True)
def slow_reader(run):
    """A client on a bad line, over HTTP/2."""
    steady_http2(run, "/v1/models", 20_000, 16_384)


@honest("20 KB/s, HTTP/1.1", seconds=75, long_seconds=300, is_light=True)
def slow_reader_http1(run):
    """A client on a bad line, over HTTP/1.1."""
    steady_http1(run, "/v1/models", 20_000, 16_384)


@honest("window of 4 KB, opened as it is read, 20 KB/s", seconds=75, is_light=True)
def slow_windows(run):
    """A client that reads slowly and opens its windows as slowly."""
    wire = Wire(run.target, settings={INITIAL_WINDOW_SIZE: 4_096})
    wire.take(0.2)
    stream = wire.get("/v1/models")
    while not run.is_over and must_be_open(run, wire):
        wire.take(0.1)
        if got := wire.data.pop(stream, 0):
            run.sent += got
            wire.send(frames.window_update(0, got) + frames.window_update(stream, got))
        if wire.resets:
            run.find(f"the stream was reset after {run.passed:.0f} s")
            break
        run.pause(0.2)
    run.notes.append(f"{run.sent / 1e6:,.1f} MB read")
    run.ended(wire)


def keepalive(run, every, permit_without_calls, watches):
    """A channel of grpcio that pings; it must stay READY, and the watch open."""
    channel = secured.channel(run.target, [
        ("grpc.keepalive_time_ms", int(every * 1_000)), ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", int(permit_without_calls)), ("grpc.http2.max_pings_without_data", 0),
        ("grpc.client_idle_timeout_ms", 2**31 - 1)])
    states, ready = [], threading.Event()

    def changed(state):
        states.append((run.passed, state.name))
        if state.name == "READY": ready.set()

    channel.subscribe(changed, try_to_connect=True)
    if not ready.wait(10):
        return run.find("it does not connect")
    begun = len(states)
    if watches:
        watch = channel.unary_stream(frames.WATCH_MODELS)(frames.field(2, 'id = "nothing"'))
        next(watch)
    while not run.is_over and len(states) == begun:
        run.pause(0.5)
        if watches and not watch.is_active():
            run.find(f"the watch ended after {run.passed:.0f} s: {watch.code()} {watch.details()}")
            break
    if len(states) > begun:
        run.find(f"the connection was {states[begun][1]} after {states[begun][0]:.0f} s")
    run.outcomes["open" if not run.findings else "cut"] += 1
    run.notes.append(f"{run.passed:.0f} s")


@honest("a ping every 10 s (short form: 6 s), no call", seconds=75, long_seconds=3_600, is_light=True)
def pings_without_calls(run):
    """grpcio with keepalive_permit_without_calls, on a connection without a stream."""
    keepalive(run, 6 if run.is_quick else 10, True, False)


@honest("a quiet watch, a ping every 10 s (short form: 6 s)", seconds=75, long_seconds=3_600, is_light=True)
def quiet_watch(run):
    """grpcio with keepalive and a watch that has nothing to say: not idle."""
    keepalive(run, 6 if run.is_quick else 10, False, True)


@honest("a quiet watch, no ping, its acknowledgements prompt", seconds=75, long_seconds=600, is_light=True)
def silent_watch(run):
    """A watch that has nothing to say, of a client that sends acknowledgements alone."""
    wire = Wire(run.target)
    wire.take(0.2)
    stream = wire.call(frames.WATCH_MODELS, frames.field(2, 'id = "nothing"'))
    while not run.is_over and must_be_open(run, wire):
        wire.take(0.5)
        if stream in wire.done:
            run.find(f"the watch ended after {run.passed:.0f} s: {wire.outcome()}")
            break
    run.ended(wire)


@honest("a ping every second while a large answer comes", seconds=30, is_light=True)
def pings_for_bandwidth(run):
    """gRPC's BDP probes: pings between frames of data, which its rules do not count."""
    wire = Wire(run.target, settings={INITIAL_WINDOW_SIZE: 65_535})
    wire.take(0.2)
    stream, pinged, count = wire.get("/v1/models"), time.monotonic(), 0
    while not run.is_over and must_be_open(run, wire):
        wire.take(0.1, limit=30_000)
        if got := wire.data.pop(stream, 0):
            wire.send(frames.window_update(0, got) + frames.window_update(stream, got))
        if stream in wire.done:
            stream = wire.get("/v1/models")
        if time.monotonic() - pinged > 1:
            pinged, count = time.monotonic(), count + 1
            wire.send(frame(PING, 0, 0, b"bdpprobe"))
    if len(wire.pings) < count - 2:
        run.find(f"{len(wire.pings)} of {count} pings were acknowledged")
    run.notes.append(f"{len(wire.pings)} acknowledged")
    run.ended(wire)
