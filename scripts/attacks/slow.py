"""Attacks that wait: a few connections each that stop in the middle of something. The server must end them by itself."""

import pathlib
import socket
import time

import frames
from frames import DATA, END_HEADERS, HEADERS, INITIAL_WINDOW_SIZE, PREFACE, frame
from registry import slow
from wire import Plain, Wire

CONNECTIONS = 5
# Seconds by which each must be closed in the short form.
WAIT = 80
HEAD = b"GET /v1/models HTTP/1.1\r\nHost: attack\r\n"


def until_closed(run, connections, reads=True, again=None, every=5.0):
    """Waits until all are closed; `again(connection)` is done every few seconds. Notes how long they were open."""
    next_time = time.monotonic() + every
    while not run.is_over and any(connection.is_open for connection in connections):
        for connection in connections:
            if reads:
                connection.take()
            elif connection.is_open and is_gone(connection):
                connection.close("closed")
        if again and time.monotonic() > next_time:
            next_time += every
            for connection in connections: again(connection)
        time.sleep(0.1)
    note_ages(run, connections)


def is_gone(connection):
    """Whether the server has closed a connection whose answer is not read: the kernel's table shows it, for no FIN
    overtakes unread bytes."""
    here, there = (f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}" for host, port in (
        connection.socket.getpeername(), connection.socket.getsockname()))
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines():
        fields = line.split()
        if fields[1:3] == [here, there]:
            return fields[3] != "01"  # ESTABLISHED
    return True


def note_ages(run, connections):
    still = sum(connection.is_open for connection in connections)
    if still:
        run.find(f"{still} of {len(connections)} are open after {run.passed:.0f} s")
    closed = [connection.ended - connection.opened for connection in connections if not connection.is_open]
    if closed:
        run.notes.append(f"after {min(closed):.0f} to {max(closed):.0f} s")
    run.ended(*connections)


def plains(run, data, **options):
    made = [Plain(run.target, **options) for _ in range(CONNECTIONS)]
    for plain in made: plain.send(data)
    return made


@slow("a connection and no byte", seconds=WAIT, long_seconds=400)
def nothing_sent(run):
    """No byte at all."""
    until_closed(run, plains(run, b""))


@slow("`G`", seconds=WAIT, long_seconds=400)
def one_byte(run):
    """The first byte alone."""
    until_closed(run, plains(run, b"G"))


@slow("a head without its end", seconds=WAIT, long_seconds=400)
def half_a_head(run):
    """Half a head over HTTP/1.1."""
    until_closed(run, plains(run, HEAD))


@slow("a head, one more field every 5 s", seconds=WAIT, long_seconds=400)
def a_head_in_drops(run):
    """CVE-2007-6750, slowloris: the head grows and never ends."""
    until_closed(run, plains(run, HEAD), again=lambda plain: plain.send(b"x: y\r\n"))


@slow("10 of 100 bytes of a body", seconds=WAIT, long_seconds=400)
def half_a_body(run):
    """Half a body over HTTP/1.1 (R.U.D.Y.), to a method that takes one."""
    until_closed(run, plains(run, b"GET /v1/models HTTP/1.1\r\nHost: attack\r\nContent-Length: 100\r\n\r\n0123456789"))


@slow("half of HTTP/2's preface", seconds=WAIT, long_seconds=400)
def half_a_preface(run):
    """The first bytes of the preface."""
    until_closed(run, plains(run, PREFACE[:10], protocol="h2"))


@slow("the preface, no SETTINGS", seconds=WAIT, long_seconds=400)
def no_settings(run):
    """The preface without the SETTINGS that must follow it."""
    until_closed(run, plains(run, PREFACE, protocol="h2"))


def wires(run, **options):
    made = [Wire(run.target, **options) for _ in range(CONNECTIONS)]
    for wire in made: wire.take(0.2)
    return made


@slow("5 bytes of a frame", seconds=WAIT, long_seconds=400)
def half_a_frame(run):
    """A frame's head without its end."""
    made = wires(run)
    for wire in made: wire.send(frame(HEADERS, 0, 1, frames.get("/healthz"))[:5])
    until_closed(run, made)


@slow("HEADERS without END_HEADERS", seconds=WAIT, long_seconds=400)
def half_a_head_http2(run):
    """A block of headers whose CONTINUATION never comes."""
    made = wires(run)
    for wire in made: wire.send(frame(HEADERS, 0, 1, frames.get("/healthz")))
    until_closed(run, made)


@slow("a call whose message stops", seconds=WAIT, long_seconds=400)
def half_a_body_http2(run):
    """Half a message; the stream or its connection must end."""
    made = wires(run)
    for wire in made:
        wire.send(frame(HEADERS, END_HEADERS, 1, frames.call(frames.GET_MODEL)) + frame(DATA, 0, 1, b"\0\0\0\0\x20half"))
    while not run.is_over and any(wire.is_open and 1 not in wire.done for wire in made):
        for wire in made: wire.take()
        time.sleep(0.1)
    if still := sum(wire.is_open and 1 not in wire.done for wire in made):
        run.find(f"{still} of {len(made)} calls are open after {run.passed:.0f} s")
    run.notes.append(f"after at most {run.passed:.0f} s")
    run.ended(*made)


@slow("2 lists of 10,000 models, unread", seconds=WAIT + 20, long_seconds=400)
def answer_unread(run):
    """An answer over HTTP/1.1 that the client does not read."""
    until_closed(run, plains(run, (HEAD + b"\r\n") * 2, receive_buffer=4_096), reads=False)


@slow("a list of 10,000 models behind an open window, unread", seconds=WAIT + 20, long_seconds=400)
def answer_unread_http2(run):
    """An answer over HTTP/2 that the client does not read."""
    made = [Wire(run.target, settings={INITIAL_WINDOW_SIZE: 1 << 30}, receive_buffer=4_096) for _ in range(CONNECTIONS)]
    for wire in made:
        wire.send(frames.window_update(0, 1 << 30))
        wire.get("/v1/models")
    until_closed(run, made, reads=False)


def dribble(run, increment, every, grants_all=True):
    made = wires(run, settings={INITIAL_WINDOW_SIZE: 0})
    for wire in made: wire.get("/v1/models")
    granted = time.monotonic()
    while not run.is_over and any(wire.is_open and 1 not in wire.done for wire in made):
        for wire in made: wire.take()
        if grants_all and time.monotonic() - granted > every:
            granted = time.monotonic()
            for wire in made: wire.send(frames.window_update(1, increment))
        time.sleep(0.1)
    if still := sum(wire.is_open and 1 not in wire.done for wire in made):
        run.find(f"{still} of {len(made)} streams are open after {run.passed:.0f} s")
    run.notes.append(f"after at most {run.passed:.0f} s")
    run.ended(*made)


@slow("a list behind window 0", seconds=WAIT + 20, long_seconds=400)
def window_0(run):
    """CVE-2019-9517: a window that is never opened."""
    dribble(run, 0, 5, grants_all=False)


@slow("1 byte of window every 5 s", seconds=115, long_seconds=400)
def a_byte_of_window_now_and_then(run):
    """CVE-2019-9511: each byte looks like progress, and holds the stream."""
    dribble(run, 1, 5)


@slow("1 byte of window every 40 s", seconds=115, long_seconds=400)
def a_byte_of_window_seldom(run):
    """The same, just before a time-out of a minute."""
    dribble(run, 1, 40)


@slow("a connection after its only answer", is_quick=False, seconds=400)
def idle_after_a_request(run):
    """HTTP/1.1 keep-alive without a further request."""
    until_closed(run, plains(run, b"GET /healthz HTTP/1.1\r\nHost: attack\r\n\r\n"))


@slow("preface and SETTINGS, no stream", is_quick=False, seconds=400)
def idle_session(run):
    """A session of HTTP/2 without a stream and without a ping."""
    until_closed(run, wires(run))
