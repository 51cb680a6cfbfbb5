"""Peers for what well-behaved libraries refuse to do: an HTTP/2 client that checks nothing, and a bare socket."""

import socket
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

GRPC = [("te", "trailers"), ("content-type", "application/grpc")]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def dial(server, timeout=15):
    return socket.create_connection((server.host, server.port), timeout=timeout)


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def framed(message, compressed=0):
    """A gRPC message with its 5-byte prefix."""
    return bytes([compressed]) + len(message).to_bytes(4, "big") + message


def read_all(sock, limit=1 << 20):
    """What the peer sends until it closes; a reset is a close too."""
    data = b""
    try:
        while len(data) < limit and (piece := sock.recv(65536)):
            data += piece
    except ConnectionError:
        pass
    return data


class Answer:
    """What came back on one stream."""

    def __init__(self):
        self.headers, self.trailers, self.body, self.reset, self.ended = None, {}, b"", None, False

    @property
    def status(self):
        return int(self.headers[":status"])

    @property
    def grpc(self):
        """grpc-status, from the trailers or from a trailers-only answer; None without one."""
        code = self.trailers.get("grpc-status") or (self.headers or {}).get("grpc-status")
        return None if code is None else int(code)


class Peer:
    """An HTTP/2 client without outbound checks."""

    def __init__(self, server):
        self.server = server
        self.socket = dial(server)
        config = h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.answers = {}
        self.goaway = None
        self.closed = False
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.raw(self.h2.data_to_send())

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError:
            self.closed = True

    def open(self, headers, body=b"", end=True):
        """Sends a request; its stream's number."""
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, headers, end_stream=end and not body)
        for start in range(0, len(body), 16_000):
            self.h2.send_data(stream, body[start : start + 16_000], end_stream=end and start + 16_000 >= len(body))
        self.flush()
        return stream

    def call(self, path, body=b"", method="POST", headers=GRPC, end=True):
        """A request as gRPC makes it, and its whole answer."""
        pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", self.server.address)]
        stream = self.open(pseudo + list(headers), body, end)
        return self.finish(stream)

    def finish(self, stream, timeout=15):
        answer = self.answers[stream]
        deadline = time.monotonic() + timeout
        while not (answer.ended or answer.reset is not None or self.closed):
            if time.monotonic() > deadline:
                raise AssertionError(f"stream {stream} got no end")
            self.read()
        return answer

    def read(self):
        """Takes what has come, once."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
            return
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self.closed = True
            return
        for event in events:
            self.take(event)
        self.flush()

    def take(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
        answer = self.answers.get(getattr(event, "stream_id", None))
        if answer is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            answer.headers = dict(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = event.error_code

    def until_closed(self, timeout=30):
        deadline = time.monotonic() + timeout
        while not self.closed:
            if time.monotonic() > deadline:
                raise AssertionError("the connection was not closed")
            self.read()
