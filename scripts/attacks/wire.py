"""Connections that break rules: HTTP/2 frames as they are given, and bytes of HTTP/1.1. They never block once they are open."""

import collections
import errno
import select
import socket
import time

import hpack

import frames
import secured
from frames import ACK, DATA, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame

# Bytes that wait in the attacker because the server reads no more; with more than that the attacker waits too.
BACKLOG = 256 << 10
ATTACKER = "127.0.0.1"


class Plain:
    """A connection, over TLS when the server speaks it: bytes go out as the server takes them, and the start of the answer is
    kept. `protocol`: that of ALPN. `is_raw`: without TLS in any case."""

    def __init__(self, target, source=ATTACKER, receive_buffer=None, wait=5.0, protocol="http/1.1", is_raw=False):
        self.opened = time.monotonic()
        self.out, self.received, self.received_count, self.sent_count = bytearray(), bytearray(), 0, 0
        # None while it is open; otherwise how it ended, and when.
        self.end, self.ended = None, None
        self.session = secured.Session(target, protocol) if target.authority and not is_raw else None
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(wait)
        try:
            self.socket.bind((source, 0))
            self.socket.connect((target.host, target.port))
        except OSError as error:
            self.close("refused" if isinstance(error, ConnectionError) else "no connection")
        else:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            left = wait - (time.monotonic() - self.opened)
            if self.session and (failure := self.session.shake_hands(self.socket, left)):
                return self.close(failure)
            self.socket.setblocking(False)

    @property
    def is_open(self):
        return self.end is None

    @property
    def is_blocked(self):
        return len(self.out) > BACKLOG

    def close(self, how="closed by the attacker"):
        if self.end is None:
            self.end, self.ended = how, time.monotonic()
        self.socket.close()

    def send(self, data):
        """How many bytes the server's side has taken of everything that waits."""
        if not self.is_open:
            return 0
        self.out += data
        sent = 0
        try:
            while self.out or self.session and self.session.waits:
                count = self.session.send(self.socket, self.out) if self.session else self.socket.send(
                    memoryview(self.out)[:BACKLOG])
                sent += count
                self.sent_count += count
                del self.out[:count]
        except BlockingIOError:
            pass
        except OSError as error:
            self.take()
            self.close("reset")
            # The error has told of the reset; reading tells of an end alone.
            if error.errno == errno.ECONNRESET: self.end = "reset"
        return sent

    def take(self, wait=0.0, limit=1 << 20):
        """Takes what has come, up to a limit of bytes on the line; their number."""
        count = 0
        while self.is_open and count < limit:
            if wait and not count and not self.has_something(wait):
                break
            try:
                data = self.socket.recv(min(65_536, limit - count))
            except BlockingIOError:
                break
            except OSError:
                self.close("reset")
                break
            if not data:
                self.close("closed")
                break
            count += len(data)
            if self.session:
                data = self.session.opened(data)
                # TLS answers some records by itself.
                if self.session.waits: self.send(b"")
            self.received_count += len(data)
            self.parse(data)
        return count

    def end_output(self):
        """Ends the attacker's side, and goes on reading."""
        if self.session:
            self.session.end_output()
            self.send(b"")
        self.socket.shutdown(socket.SHUT_WR)

    def has_something(self, wait):
        # Not select(), which knows descriptors below 1,024 alone.
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(wait * 1_000))

    def parse(self, data):
        if len(self.received) < 65_536:
            self.received += data

    def outcome(self):
        """The outcome of the connection, in a few words."""
        status = bytes(self.received[9:12]).decode(errors="replace") if self.received.startswith(b"HTTP/1.1 ") else ""
        return " ".join(filter(None, [status, self.ending]))

    @property
    def ending(self):
        """How it ended, or that it is open."""
        return (self.end or "open") + (f", {self.session.fault}" if self.session and self.session.fault else "")


class Wire(Plain):
    """An HTTP/2 connection, without TLS of prior knowledge. `acknowledges`: SETTINGS and PING, when it reads them."""

    def __init__(self, target, source=ATTACKER, receive_buffer=None, settings=None, acknowledges=True, hello=True):
        self.acknowledges, self.next = acknowledges, 1
        self.goaway, self.resets, self.frames = None, collections.Counter(), collections.Counter()
        # By stream: bytes of data, the fields of the header blocks, whether it ended.
        self.data, self.fields, self.done = collections.Counter(), {}, set()
        self.pings, self.bodies = [], None
        self.window, self.initial, self.windows, self.uploads = 65_535, 65_535, {}, collections.deque()
        self.buffer, self.decoder = b"", hpack.Decoder(max_header_list_size=1 << 24)
        super().__init__(target, source, receive_buffer, protocol="h2")
        if hello:
            self.send(PREFACE + frames.settings(settings or {}))

    def stream(self):
        """A new stream's number."""
        self.next += 2
        return self.next - 2

    def parse(self, data):
        self.buffer += data
        start, answer = 0, b""
        while len(self.buffer) - start >= 9:
            size = int.from_bytes(self.buffer[start : start + 3], "big")
            if len(self.buffer) - start < 9 + size:
                break
            kind, flags = self.buffer[start + 3], self.buffer[start + 4]
            stream = int.from_bytes(self.buffer[start + 5 : start + 9], "big") & 0x7FFFFFFF
            answer += self.received_frame(kind, flags, stream, self.buffer[start + 9 : start + 9 + size])
            start += 9 + size
        self.buffer = self.buffer[start:]
        if answer:
            self.send(answer)

    def received_frame(self, kind, flags, stream, payload):
        """Handles one frame; the bytes to send back at once."""
        self.frames[kind] += 1
        if kind == DATA:
            self.data[stream] += len(payload)
            if self.bodies is not None:
                self.bodies[stream] = self.bodies.get(stream, b"") + payload
        elif kind == HEADERS:
            try:
                self.fields.setdefault(stream, {}).update(self.decoder.decode(payload))
            except hpack.HPACKError:
                pass
        elif kind == RST_STREAM:
            self.resets[int.from_bytes(payload, "big")] += 1
            self.done.add(stream)
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(payload[4:8], "big"), payload[8:].decode(errors="replace")
        elif kind == WINDOW_UPDATE and stream:
            self.windows[stream] = self.windows.get(stream, self.initial) + int.from_bytes(payload, "big")
        elif kind == WINDOW_UPDATE:
            self.window += int.from_bytes(payload, "big")
        elif kind == PING and flags & ACK:
            self.pings.append((payload, time.monotonic()))
        elif kind in (SETTINGS, PING) and not flags & ACK:
            if kind == SETTINGS:
                self.take_settings(payload)
            return frame(kind, ACK, 0, payload if kind == PING else b"") if self.acknowledges else b""
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.done.add(stream)
        return b""

    def take_settings(self, payload):
        for start in range(0, len(payload), 6):
            if int.from_bytes(payload[start : start + 2], "big") == frames.INITIAL_WINDOW_SIZE:
                self.initial = int.from_bytes(payload[start + 2 : start + 6], "big")

    # Requests.

    def get(self, path):
        stream = self.stream()
        self.send(frame(HEADERS, frames.END_HEADERS | END_STREAM, stream, frames.get(path)))
        return stream

    def call(self, path, body=b"", encoding=None):
        """A gRPC call with a message of any size, sent as the windows allow. `encoding`: that of the message."""
        stream = self.stream()
        self.send(frame(HEADERS, frames.END_HEADERS, stream, frames.call(path, encoding=encoding)))
        self.uploads.append([stream, memoryview(frames.message(body, 1 if encoding else 0))])
        self.upload()
        return stream

    def upload(self):
        """Sends what the windows allow of the bodies that wait; whether all is sent."""
        while self.uploads and self.is_open and not self.is_blocked:
            stream, body = self.uploads[0]
            if stream not in self.done:
                before = len(body)
                self.uploads[0][1] = body = self.send_piece(stream, body)
                if len(body) == before:
                    break
            if not body or stream in self.done:
                self.uploads.popleft()
        return not self.uploads

    def send_piece(self, stream, body):
        """Sends one frame of a body, as the windows allow, with END_STREAM on the last; the rest of the body."""
        size = min(len(body), self.window, self.windows.get(stream, self.initial), 16_384)
        if size <= 0:
            return body
        self.send(frame(DATA, END_STREAM if size == len(body) else 0, stream, bytes(body[:size])))
        self.window -= size
        self.windows[stream] = self.windows.get(stream, self.initial) - size
        return body[size:]

    def finish(self, stream, timeout=5.0, grants=True):
        """Reads until a stream has ended; its fields, or None when it has no end in time."""
        deadline, granted = time.monotonic() + timeout, self.data[stream]
        while stream not in self.done and self.is_open and (left := deadline - time.monotonic()) > 0:
            self.take(min(left, 0.2))
            self.upload()
            if grants and (more := self.data[stream] - granted):
                granted += more
                self.send(frames.window_update(0, more) + frames.window_update(stream, more))
        return self.fields.get(stream, {}) if stream in self.done else None

    def outcome(self):
        words = [f"GOAWAY {self.goaway[0]} {self.goaway[1]}".strip()] if self.goaway else []
        words += [f"RST {code} x {count:,}" for code, count in sorted(self.resets.items())]
        refused = collections.Counter(
            int(fields[":status"]) for fields in self.fields.values() if fields.get(":status", "200") != "200")
        words += [f"{status} x {count:,}" for status, count in refused.items()]
        codes = collections.Counter(
            fields["grpc-status"] for fields in self.fields.values() if fields.get("grpc-status", "0") != "0")
        words += [f"grpc-status {code} x {count:,}" for code, count in codes.items()]
        return ", ".join(words + [self.ending])
