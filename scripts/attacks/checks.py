"""Single exchanges with an expected answer: HTTP/1.1 by the book (RFC 9110, RFC 9112), and peers that half-close."""

import json
import re
import time

import frames
import secured
from frames import INITIAL_WINDOW_SIZE
from registry import check
from wire import Plain, Wire


def exchange(run, *pieces, wait=3.0, until=None):
    """Sends pieces, reads until the server closes, `until` is found or the time is over."""
    plain = Plain(run.target)
    for piece in pieces: plain.send(piece)
    deadline = time.monotonic() + wait
    while plain.is_open and time.monotonic() < deadline and not (until and until in plain.received):
        if plain.out: plain.send(b"")
        plain.take(0.05)
    return plain


def statuses(plain):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", bytes(plain.received))]


def expect(run, plain, allowed, closed=False):
    """The first final status must be one of those."""
    got = [status for status in statuses(plain) if status != 100] or [0]
    if got[0] not in allowed:
        run.find(f"{got[0] or 'no answer'}, not {' or '.join(map(str, allowed))}")
    if closed and plain.is_open:
        run.find("the connection is open")
    run.outcomes[f"{got[0] or 'no answer'}, {plain.end or 'open'}"] += 1
    plain.close()


def request(line, *fields):
    return "\r\n".join([line, *fields, "", ""]).encode()


END = b"\r\n\r\n"


@check("400")
def no_host(run):
    """RFC 9112, 3.2: a request of HTTP/1.1 without Host."""
    expect(run, exchange(run, request("GET /healthz HTTP/1.1"), until=END), [400])


@check("400")
def two_hosts(run):
    """RFC 9112, 3.2: more than one Host."""
    expect(run, exchange(run, request("GET /healthz HTTP/1.1", "Host: a", "Host: b"), until=END), [400])


@check("400")
def bad_host(run):
    """RFC 9112, 3.2: an invalid value of Host."""
    expect(run, exchange(run, request("GET /healthz HTTP/1.1", "Host: a b/c@d"), until=END), [400])


@check("100, or a final status at once")
def expect_continue(run):
    """RFC 9110, 10.1.1: the client waits with its body."""
    plain = exchange(
        run, request("POST /v1/models HTTP/1.1", "Host: a", "Content-Length: 10", "Expect: 100-continue"), until=b"HTTP/1.1")
    if not statuses(plain):
        run.find("no answer in 3 s")
    run.outcomes[f"{(statuses(plain) or ['no answer'])[0]}"] += 1
    plain.close()


def too_many_bytes(run, *fields):
    plain = exchange(run, request("GET /healthz HTTP/1.1", "Host: a", *fields))
    if statuses(plain)[:1] not in ([431], []) or not statuses(plain) and plain.is_open:
        run.find(f"{(statuses(plain) or ['no answer'])[0]}, not 431")
    run.outcomes[f"{(statuses(plain) or ['no answer'])[0]}, {plain.end or 'open'}"] += 1
    plain.close()


@check("431 and closed, or reset")
def large_headers(run):
    """RFC 6585, 5: 1.8 MB in 1,800 fields."""
    too_many_bytes(run, *(f"x-{number}: {'v' * 980}" for number in range(1_800)))


@check("431 and closed, or reset")
def large_fields(run):
    """RFC 6585, 5: 1.8 MB in 30 fields."""
    too_many_bytes(run, *(f"x-{number}: {'v' * 60_000}" for number in range(30)))


@check("431 and closed, or reset")
def many_fields(run):
    """RFC 6585, 5: 20,000 fields of a few bytes."""
    too_many_bytes(run, *(f"x{number}: v" for number in range(20_000)))


@check("413, or another refusal, before the body")
def early_413(run):
    """RFC 9110, 15.5.14: a length over the limit is refused before its bytes come."""
    head = request("POST /v1/models HTTP/1.1", "Host: a", "Content-Length: 100000000")
    expect(run, exchange(run, head, until=END), [413, 404, 405, 501])


@check("431, 414 or 400")
def long_request_line(run):
    """RFC 9112, 3: a request line of 100 KB."""
    expect(run, exchange(run, request(f"GET /{'a' * 100_000} HTTP/1.1", "Host: a"), until=END), [414, 431, 400])


@check("not /healthz: 400 or 404")
def absolute_form_with_a_query(run):
    """RFC 9112, 3.2.2: the path of `http://x?y=/healthz` is empty."""
    plain = exchange(run, request("GET http://x?y=/healthz HTTP/1.1", "Host: x"), until=END)
    expect(run, plain, [400, 404])


@check("200")
def absolute_form(run):
    """RFC 9112, 3.2.2: a server must take the absolute form."""
    expect(run, exchange(run, request("GET http://x/healthz HTTP/1.1", "Host: x"), until=END), [200])


@check("refused, and closed")
def connect_is_refused(run):
    """RFC 9110, 9.3.6: no tunnel here."""
    plain = exchange(run, request("CONNECT a:1 HTTP/1.1", "Host: a:1"))
    expect(run, plain, [400, 404, 405, 501], closed=True)


@check("both requests answered 200")
def upgrade_is_ignored(run):
    """RFC 9110, 7.8: `curl --http2 URL URL` goes on in HTTP/1.1."""
    first = request(
        "GET /healthz HTTP/1.1", "Host: a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    plain = Plain(run.target)
    plain.send(first)
    for number in (1, 2):
        deadline = time.monotonic() + 3
        while plain.is_open and len(statuses(plain)) < number and time.monotonic() < deadline: plain.take(0.05)
        time.sleep(0.05)
        plain.take()
        plain.send(request("GET /healthz HTTP/1.1", "Host: a") if number == 1 else b"")
    if statuses(plain) != [200, 200]:
        run.find(f"{statuses(plain)}")
    run.outcomes[f"{statuses(plain)}"] += 1
    plain.close()


@check("400, or both requests kept apart and closed")
def length_and_chunks(run):
    """RFC 9112, 6.1: Content-Length beside Transfer-Encoding, the root of request smuggling."""
    smuggled = request(
        "POST /healthz HTTP/1.1", "Host: a", "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + request(
        "GET /v1/models/smuggled HTTP/1.1", "Host: a")
    plain = exchange(run, smuggled, wait=1)
    if statuses(plain)[:1] != [400] and (len(statuses(plain)) > 1 or plain.is_open):
        run.find(f"{statuses(plain)}, {plain.end or 'open'}")
    run.outcomes[f"{statuses(plain)}, {plain.end or 'open'}"] += 1
    plain.close()


@check("400 or 405, and closed")
def chunks_in_http_1_0(run):
    """RFC 9112, 6.1: Transfer-Encoding in a message of HTTP/1.0 is faulty framing, behind which nothing may be read."""
    head = request("POST /healthz HTTP/1.0", "Host: a", "Connection: keep-alive", "Transfer-Encoding: chunked")
    plain = exchange(run, head + b"0\r\n\r\n" + request("GET /healthz HTTP/1.1", "Host: a"))
    if len(statuses(plain)) > 1:
        run.find(f"{statuses(plain)}")
    expect(run, plain, [400, 405], closed=True)


@check("200 twice")
def keep_alive_in_http_1_0(run):
    """RFC 9112, appendix C.2.2: a client of HTTP/1.0 that asks to keep the connection."""
    head = request("GET /healthz HTTP/1.0", "Connection: keep-alive")
    plain = exchange(run, head, head, wait=1)
    if statuses(plain) != [200, 200]:
        run.find(f"{statuses(plain)}")
    run.outcomes[f"{statuses(plain)}, {plain.end or 'open'}"] += 1
    plain.close()


def half_closed(run, version):
    """Asks, half-closes, and reads a moment later to the end."""
    plain = Plain(run.target, receive_buffer=16_384)
    whole = bytearray()
    plain.parse = whole.extend
    plain.send(request(f"GET /v1/models HTTP/{version}", "Host: a"))
    plain.end_output()
    time.sleep(0.5)
    deadline = time.monotonic() + 20
    while plain.is_open and time.monotonic() < deadline: plain.take(0.2)
    head, _, body = bytes(whole).partition(END)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    count = 0
    try:
        count = len(json.loads(body)["data"])
    except ValueError:
        pass
    if count != run.target.models:
        of = f" of {int(length[1]):,}" if length else ""
        run.find(f"{len(body):,}{of} bytes came, which list {count:,} of {run.target.models:,} models")
    elif plain.session and not plain.session.has_notice:
        run.find("the end of the whole answer has no notice over TLS, as if it were cut")
    run.outcomes[f"{len(body):,} bytes, {plain.end or 'open'}"] += 1
    plain.close()


@check("the whole list")
def half_closed_http_1_1(run):
    """A client that has no further request: `nc -N`, and many proxies."""
    half_closed(run, "1.1")


@check("the whole list")
def half_closed_http_1_0(run):
    """The same in HTTP/1.0, where a cut answer without a length looks whole."""
    half_closed(run, "1.0")


@check("the whole list")
def half_closed_http_2(run):
    """The same over HTTP/2, with windows that need no update."""
    wire = Wire(run.target, settings={INITIAL_WINDOW_SIZE: frames.LARGEST_WINDOW}, receive_buffer=16_384)
    wire.send(frames.window_update(0, 1 << 30))
    wire.take(0.3)
    stream = wire.get("/v1/models")
    wire.end_output()
    wire.acknowledges = False
    time.sleep(0.5)
    fields = wire.finish(stream, 20, grants=False)
    if not fields or fields.get(":status") != "200":
        run.find(f"{wire.data[stream]:,} bytes came and no end: {wire.outcome()}")
    run.outcomes[f"{wire.data[stream]:,} bytes, {'whole' if stream in wire.done else 'cut'}"] += 1
    wire.close()


def long_id(run, size):
    import grpc

    channel = secured.channel(run.target)
    got = "OK"
    try:
        channel.unary_unary(frames.GET_MODEL)(frames.field(2, "x" * size), timeout=5)
    except grpc.RpcError as error:
        got = error.code().name
    channel.close()
    if got not in ("NOT_FOUND", "INVALID_ARGUMENT"):
        run.find(got)
    run.outcomes[got] += 1


@check("NOT_FOUND or INVALID_ARGUMENT")
def an_id_of_5_000_bytes(run):
    """grpcio turns a status text that is too long for its metadata into RESOURCE_EXHAUSTED."""
    long_id(run, 5_000)


@check("NOT_FOUND or INVALID_ARGUMENT")
def an_id_of_20_000_bytes(run):
    """A status text that is too long for nghttp2 was never sent."""
    long_id(run, 20_000)


def event_stream(run, *fields):
    plain = exchange(
        run, request("GET /v1/models?watch=true HTTP/1.1", "Host: a", *fields), wait=2, until=b"RESET")
    time.sleep(0.1)
    plain.take(limit=65_536)
    return plain


@check("200 and RESET")
def a_bad_last_event_id(run):
    """EventSource repeats its id for ever: a refusal ends it, RESET begins it anew."""
    plain = event_stream(run, "Last-Event-ID: nonsense")
    if b"RESET" not in plain.received:
        run.find(f"{(statuses(plain) or ['no answer'])[0]}, no RESET")
    run.outcomes[f"{(statuses(plain) or ['no answer'])[0]}"] += 1
    plain.close()


@check("RESET empties the id")
def reset_has_an_empty_id(run):
    """HTML, 9.2.6: without an `id` of its own a RESET leaves EventSource with the old one."""
    plain = event_stream(run, "Last-Event-ID: 9000000000")
    event = next((part for part in bytes(plain.received).split(b"\n\n") if b"RESET" in part), b"")
    lines = [line.strip() for line in event.replace(b"\r", b"").split(b"\n")]
    if not any(line in (b"id", b"id:") for line in lines):
        run.find("no empty id" if event else "no RESET")
    run.outcomes["an empty id" if not run.findings else event[-80:].decode(errors="replace")] += 1
    plain.close()
