"""Bytes of HTTP/2: frames (RFC 9113, section 4) and header blocks (RFC 7541) that no library would agree to write."""

import functools

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(1, 7)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CANCEL = 8
LARGEST_WINDOW = 2**31 - 1

GET_MODEL = "/rollcall.v1.ModelCatalog/GetModel"
LIST_MODELS = "/rollcall.v1.ModelCatalog/ListModels"
WATCH_MODELS = "/rollcall.v1.ModelCatalog/WatchModels"
HEALTH_CHECK = "/grpc.health.v1.Health/Check"
HEALTH_WATCH = "/grpc.health.v1.Health/Watch"
# `page_size` 1,000 in view FULL.
FULL_LIST = b"\x10\xe8\x07\x30\x02"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def settings(values):
    return frame(SETTINGS, 0, 0, b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in values.items()))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def priority(stream, depends_on=0):
    return frame(PRIORITY, 0, stream, depends_on.to_bytes(4, "big") + b"\x10")


def integer(value, bits, first=0):
    """An integer with a prefix of so many bits (RFC 7541, 5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return integer(len(value), 7) + value


def literal(name, value, first=0x00):
    """A field without Huffman codes; `first` 0x40 puts it into the dynamic table."""
    return bytes([first]) + text(name) + text(value)


def block(fields):
    """A header block that needs no dynamic table."""
    return b"".join(literal(name, value) for name, value in fields)


@functools.lru_cache(maxsize=64)
def get(path, host="attack"):
    """The header block of a GET: `:method`, `:scheme`, `:path`, `:authority`."""
    return b"\x82\x86" + b"\x04" + text(path) + b"\x01" + text(host)


@functools.lru_cache(maxsize=64)
def call(path, host="attack", encoding=None):
    """The header block of a gRPC call."""
    head = b"\x83\x86" + b"\x04" + text(path) + b"\x01" + text(host)
    more = [("grpc-encoding", encoding)] if encoding else []
    return head + block([("te", "trailers"), ("content-type", "application/grpc"), *more])


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """A protobuf field of text or bytes."""
    value = value if isinstance(value, bytes) else value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(data, compressed=0):
    """A gRPC message with its 5-byte prefix."""
    return bytes([compressed]) + len(data).to_bytes(4, "big") + data


def request(stream, path, body):
    """A whole gRPC call in two frames; the body must fit one frame and the window."""
    return frame(HEADERS, END_HEADERS, stream, call(path)) + frame(DATA, END_STREAM, stream, message(body))
