"""TLS for the clients: of connections that never block, of http.client, and of grpcio."""

import functools
import http.client
import pathlib
import ssl
import time

import trustme

# Bytes of HTTP in one record of TLS (RFC 8446, 5.1).
RECORD = 16_384


def certificate(directory):
    """Files with a certificate of 127.0.0.1, its key, and its authority."""
    authority = trustme.CA()
    pair = authority.issue_cert("127.0.0.1")
    files = [pathlib.Path(directory) / name for name in ("tls.crt", "tls.key", "authority.crt")]
    for made, file in zip((pair.cert_chain_pems[0], pair.private_key_pem, authority.cert_pem), files):
        made.write_to_path(str(file))
    return files


@functools.cache
def settings(authority, protocol):
    """A client's settings, which name one protocol by ALPN; None: none."""
    made = ssl.create_default_context(cafile=authority)
    if protocol: made.set_alpn_protocols([protocol])
    return made


def http_connection(target, source, timeout):
    """A connection of http.client to the server, over TLS when the server speaks it."""
    options = {"timeout": timeout, "source_address": (source, 0)}
    if not target.authority:
        return http.client.HTTPConnection(target.host, target.port, **options)
    return http.client.HTTPSConnection(target.host, target.port, context=settings(target.authority, "http/1.1"), **options)


def channel(target, options=()):
    """A channel of grpcio to the server, over TLS when the server speaks it."""
    import grpc

    place = f"{target.host}:{target.port}"
    if not target.authority:
        return grpc.insecure_channel(place, options=options)
    return grpc.secure_channel(place, grpc.ssl_channel_credentials(pathlib.Path(target.authority).read_bytes()), options=options)


class Session:
    """TLS between the bytes of HTTP and those of a socket."""

    def __init__(self, target, protocol):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = settings(target.authority, protocol).wrap_bio(self.incoming, self.outgoing, server_hostname=target.host)
        # The rest of a record that the socket does not take yet, and the bytes of HTTP in the whole record.
        self.sealed, self.covered = bytearray(), 0
        # The reason for which TLS itself has failed, and whether the server has given notice of its end (RFC 8446, 6.1).
        self.fault, self.has_notice = None, False

    def client_hello(self):
        """The first bytes of a handshake."""
        self.advance()
        return self.outgoing.read()

    def advance(self):
        """Does what can be done of the handshake; whether it is complete."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def shake_hands(self, socket, wait):
        """Makes the whole handshake over a socket that blocks; the reason when it fails."""
        deadline, is_complete = time.monotonic() + wait, False
        try:
            while not is_complete:
                is_complete = self.advance()
                socket.settimeout(max(0.001, deadline - time.monotonic()))
                socket.sendall(self.outgoing.read())
                if is_complete: break
                if not (data := socket.recv(65_536)):
                    return "closed in the handshake"
                self.incoming.write(data)
        except ConnectionError:
            return "reset in the handshake"
        except TimeoutError:
            return "no handshake in time"
        except ssl.SSLError as error:
            return f"no handshake, {error.reason}"

    @property
    def waits(self):
        """Whether bytes wait for the socket, beside those that `send` is given."""
        return bool(self.sealed or self.outgoing.pending)

    def send(self, socket, data):
        """Sends a part of a record with the first bytes of `data`; how many of them the socket has taken with its end."""
        if not self.sealed:
            self.covered = self.tls.write(memoryview(data)[:RECORD]) if data else 0
            self.sealed += self.outgoing.read()
        del self.sealed[:socket.send(self.sealed)]
        return 0 if self.sealed else self.covered

    def opened(self, data):
        """The bytes of HTTP in those that the socket has given."""
        self.incoming.write(data)
        out = bytearray()
        try:
            while piece := self.tls.read(65_536):
                out += piece
            # No end yet: that is the end of the connection.
            self.has_notice = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            # The same when this side has ended too.
            self.has_notice = True
        except ssl.SSLError as error:
            self.fault = self.fault or error.reason
        return bytes(out)

    def end_output(self):
        """Puts the notice of the end behind what was sent."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            # The peer's notice has not come.
            pass
