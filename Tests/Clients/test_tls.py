"""TLS on the server's port: clients of each kind, versions and ciphers, certificates that change, and clients that do not shake hands."""

import datetime
import itertools
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import grpc
import httpx
import pytest

import harness

NAMES = ["127.0.0.1", "localhost", "rollcall.test"]


@pytest.fixture
def pair(authority):
    return authority.pair(*NAMES)


@pytest.fixture
def secured(start, fleet, tmp_path, pair):
    """Starts servers that speak TLS at an address beside the one without."""

    def secured(*arguments, pairs=(pair,)):
        config = tmp_path / "config.yaml"
        config.write_text(fleet.config())
        files = [word for cert, key in pairs for word in ("--tls-cert", cert, "--tls-key", key)]
        server = start.server("--config", config, "--tls-listen", "127.0.0.1:0", *files, *arguments).ready()
        server.secured = server.wait_for(r"rollcall: listening on (https://127\.0\.0\.1:\d+)")[1]
        server.place = server.secured.removeprefix("https://")
        return server

    return secured


def context(authority, cert=None, minimum=None, maximum=None, ciphers=None, protocols=()):
    """A client's settings of TLS."""
    made = ssl.create_default_context(cafile=authority.file)
    if cert: made.load_cert_chain(*cert)
    if minimum: made.minimum_version = minimum
    if maximum: made.maximum_version = maximum
    if ciphers: made.set_ciphers(ciphers)
    if protocols: made.set_alpn_protocols(list(protocols))
    return made


def shake(server, settings, name="127.0.0.1"):
    """Connects, sends a request by HTTP/1.1, and returns the socket and the start of the answer."""
    host, port = server.place.split(":")
    wire = settings.wrap_socket(socket.create_connection((host, int(port)), 20), server_hostname=name)
    wire.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = b""
    while piece := wire.recv(65_536): answer += piece
    return wire, answer


def answers(server, settings, **more):
    wire, answer = shake(server, settings, **more)
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return wire


def refuses(server, settings):
    """The handshake fails, or with TLS 1.3 the first read after it."""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake(server, settings)
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def serial(wire):
    return wire.getpeercert()["serialNumber"]


# Clients.


def test_every_kind_of_client_calls_by_tls(secured, authority, pb, stubs):
    server = secured()
    ids = {model["id"] for model in server.models()}
    for http2 in (False, True):
        with httpx.Client(verify=context(authority), http1=not http2, http2=http2) as client:
            answer = client.get(f"{server.secured}/v1/models")
            assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
            assert {model["id"] for model in answer.json()["data"]} == ids
            again = client.get(f"{server.secured}/v1/models", headers={"if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
    from rollcall.v1 import catalog_pb2_grpc

    credentials = grpc.ssl_channel_credentials(authority.file.read_bytes())
    with grpc.secure_channel(server.place, credentials) as channel:
        catalog = catalog_pb2_grpc.ModelCatalogStub(channel)
        listed = catalog.ListModels(pb.ListModelsRequest(page_size=1_000), timeout=20)
        assert {model.id for model in listed.models} == ids
        watch = catalog.WatchModels(pb.WatchModelsRequest(), timeout=60)
        events = list(itertools.islice(watch, len(ids) + 1))
        assert {event.model.id for event in events if event.HasField("model")} == ids
        watch.cancel()
    assert server.metric("rollcall_tls_handshakes_open") == 0


def test_tls_takes_the_place_of_the_address_when_it_has_none_of_its_own(start, pair, authority):
    engine = start.engine([harness.card("one")])
    server = start.server("--engine", engine.url, "--tls-cert", pair[0], "--tls-key", pair[1])
    assert server.url.startswith("https://")
    with httpx.Client(verify=context(authority)) as client:
        harness.eventually(lambda: client.get(f"{server.url}/readyz").status_code == 200)
    # An answer in the clear would mean that the port also speaks without TLS.
    with pytest.raises(httpx.HTTPError):
        httpx.get(server.url.replace("https", "http") + "/healthz")
    assert server.drain() == 0


def test_the_command_line_calls_by_tls_and_says_why_it_cannot(secured, authority, tmp_path):
    server = secured()

    def run(*arguments, **variables):
        done = subprocess.run(
            [harness.BINARY, "list", *(str(word) for word in arguments)], capture_output=True, text=True, timeout=60,
            env={**os.environ, **{name: str(value) for name, value in variables.items()}})
        return done.returncode, done.stdout + done.stderr

    for arguments, variables in [
        (["--server", server.secured, "--ca", authority.file], {}),
        (["--server", server.place, "--ca", authority.file, "--tls"], {}),
        (["--server", server.place, "--ca", authority.file, "--server-name", "rollcall.test"], {}),
        ([], dict(ROLLCALL_SERVER=server.secured, ROLLCALL_CA=authority.file)),
        ([], dict(ROLLCALL_SERVER=server.place, ROLLCALL_TLS="true", SSL_CERT_FILE=authority.file)),
        (["--server", server.address], {}),
    ]:
        code, text = run(*arguments, **variables)
        assert code == 0 and "READY" in text, (arguments, variables, text)
    for arguments, reason in [
        (["--server", server.secured], "its certificate is of an unknown authority"),
        (["--server", server.secured, "--ca", authority.file, "--server-name", "else.test"], "not valid for else.test"),
        (["--server", server.address, "--tls"], "it does not speak TLS"),
        (["--server", server.place], "or it speaks TLS"),
        (["--server", server.secured, "--ca", tmp_path / "none.pem"], "none.pem cannot be read"),
        (["--server", server.url, "--ca", authority.file], "is without TLS, but options of TLS are given"),
        (["--server", server.secured, "--key", authority.file], "--key needs --cert"),
    ]:
        code, text = run(*arguments)
        assert code != 0 and reason in text and text.count("\n") < 6, (arguments, text)


def test_a_certificate_of_the_address_does_not_stand_for_the_name(start, authority):
    """Whoever answers for a name may have a certificate of its own address."""
    engine = start.engine([harness.card("one")])
    pair = authority.pair("127.0.0.1")
    server = start.server("--engine", engine.url, "--tls-cert", pair[0], "--tls-key", pair[1])
    for host, code in [("127.0.0.1", 0), ("localhost", 1)]:
        done = harness.run("list", "--server", f"https://{host}:{server.port}", "--ca", authority.file, check=False)
        assert (done.returncode == 0) == (code == 0), done.stderr
    assert "its certificate is not valid for localhost" in done.stderr


def test_a_command_without_its_certificate_is_told_what_to_give(start, authority, pair):
    engine = start.engine([harness.card("one")])
    server = start.server(
        "--engine", engine.url, "--tls-cert", pair[0], "--tls-key", pair[1], "--tls-client-ca", authority.file)
    done = harness.run("list", "--server", server.url, "--ca", authority.file, check=False)
    assert done.returncode != 0 and "--cert FILE and --key FILE" in done.stderr
    cert, key = authority.pair("client.test")
    harness.run("list", "--server", server.url, "--ca", authority.file, "--cert", cert, "--key", key)


def test_a_peer_is_asked_by_tls(start, authority, pair, tmp_path):
    engine = start.engine([harness.card("one")])
    client = authority.pair("client.test")
    west = start.server(
        "--engine", engine.url, "--cluster", "west", "--tls-cert", pair[0], "--tls-key", pair[1], "--tls-client-ca",
        authority.file)
    options = f"ca-file={authority.file},cert-file={client[0]},cert-key-file={client[1]}"
    home = start.server("--peer", f"west={west.url},{options}", "--cluster", "home")
    harness.eventually(lambda: [model["id"] for model in home.models()] == ["one"], "the peer's model")
    # Without a certificate of its own the peer is refused, and the reason says so.
    other = start.server("--peer", f"west={west.url},ca-file={authority.file}", "--cluster", "other")
    harness.eventually(lambda: "refuses the client certificate" in other.output(), "the reason")


def test_the_header_of_a_proxy_comes_before_the_handshake(secured, authority):
    server = secured("--proxy-protocol", "127.0.0.2")
    host, port = server.place.split(":")
    for header in (b"PROXY TCP4 10.1.2.3 10.0.0.1 5000 443\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"):
        for pieces in ([header], [header[index:index + 1] for index in range(len(header))]):
            wire = socket.create_connection((host, int(port)), 20, ("127.0.0.2", 0))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces: wire.sendall(piece)
            wire = context(authority).wrap_socket(wire, server_hostname=host)
            wire.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert wire.recv(65_536).startswith(b"HTTP/1.1 200 ")
            wire.close()
    # Without the header, and with it inside of TLS, there is no answer.
    wire = socket.create_connection((host, int(port)), 20, ("127.0.0.2", 0))
    with pytest.raises((ssl.SSLError, ConnectionError)): context(authority).wrap_socket(wire, server_hostname=host)


# Versions, ciphers and client certificates.


def test_only_versions_and_ciphers_that_http2_allows(secured, authority, pair, tmp_path):
    server = secured()
    for version, suite in [(ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES"), (ssl.TLSVersion.TLSv1_3, "TLS_")]:
        wire = answers(server, context(authority, minimum=version, maximum=version))
        assert wire.version() == version.name.replace("v1_", "v1.") and wire.cipher()[0].startswith(suite)
    assert answers(server, context(authority, protocols=["http/1.1"])).selected_alpn_protocol() == "http/1.1"
    assert answers(server, context(authority, protocols=["spdy/3"])).selected_alpn_protocol() is None
    old = ssl.TLSVersion.TLSv1_2
    for cipher in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256"):
        refuses(server, context(authority, maximum=old, ciphers=f"{cipher}:@SECLEVEL=0"))
    ancient = subprocess.run(
        ["openssl", "s_client", "-connect", server.place, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
        capture_output=True, text=True, input="", timeout=30)
    assert "alert protocol version" in ancient.stderr


@pytest.mark.parametrize("header", [
    b"PROXY TCP4 203.0.113.7 127.0.0.1 5000 443\r\n", b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11, 0, 12, 203, 0, 113, 7, 127, 0, 0, 1, 1, 2, 3, 4]),
])
def test_a_header_of_the_proxy_protocol_comes_before_the_handshake(secured, authority, header):
    server = secured("--proxy-protocol", "127.0.0.2")
    host, port = server.place.split(":")

    def connect(begin, source="127.0.0.2"):
        wire = socket.create_connection((host, int(port)), 20, (source, 0))
        wire.sendall(begin)
        with context(authority).wrap_socket(wire, server_hostname="127.0.0.1") as wire:
            wire.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return wire.recv(65_536)
    assert connect(header).startswith(b"HTTP/1.1 200 ")
    for begin, source in [(b"", "127.0.0.2"), (header, "127.0.0.1"), (b"PROXY nothing\r\n", "127.0.0.2")]:
        with pytest.raises((ssl.SSLError, ConnectionError)): connect(begin, source)
    assert connect(header).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("auth", ["required", "optional"])
def test_client_certificates(secured, authority, tmp_path, auth):
    strangers = type(authority)(tmp_path / "strangers")
    past = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)
    server = secured("--tls-client-ca", authority.file, "--tls-client-auth", auth)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        at = dict(minimum=version, maximum=version)
        good = context(authority, cert=authority.pair("client.test"), **at)
        wire = answers(server, good)
        # A session is taken up again.
        host, port = server.place.split(":")
        again = good.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host, session=wire.session)
        assert again.session_reused
        again.close()
        if auth == "optional": answers(server, context(authority, **at))
        else: refuses(server, context(authority, **at))
        refuses(server, context(authority, cert=strangers.pair("client.test"), **at))
        expired = authority.pair("client.test", not_before=past[0], not_after=past[1])
        refuses(server, context(authority, cert=expired, **at))


def test_the_name_chooses_the_certificate(secured, authority, pair):
    other = authority.pair("other.test", "*.many.test")
    server = secured(pairs=(pair, other))
    first, second = (serial(answers(server, context(authority), name=name)) for name in ("rollcall.test", "other.test"))
    assert first != second
    for name, expected in [("127.0.0.1", first), ("localhost", first), ("a.many.test", second), ("OTHER.TEST", second)]:
        assert serial(answers(server, context(authority), name=name)) == expected
    # A certificate of the very name is better than one with a wildcard.
    better = secured(pairs=(other, authority.pair("a.many.test")))
    assert serial(answers(better, context(authority), name="a.many.test")) != second
    for name in ("unknown.test", "a.b.many.test"):
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            answers(server, context(authority), name=name)


# Certificates that change.


def replace(files, new):
    """As renewals do: each file is replaced as a whole."""
    for file, source in zip(files, new):
        copy = pathlib.Path(f"{file}.new")
        copy.write_bytes(pathlib.Path(source).read_bytes())
        os.replace(copy, file)


def test_certificates_are_renewed_without_a_lost_request(secured, authority, pair, tmp_path):
    server = secured()
    settings, failures, seen = context(authority), [], set()
    is_over = threading.Event()

    def ask():
        while not is_over.is_set():
            try:
                seen.add(serial(answers(server, settings)))
            except Exception as error:
                failures.append(error)

    def ask_on():
        # The client changes its settings.
        with httpx.Client(verify=context(authority), http2=True) as client:
            while not is_over.is_set():
                try:
                    assert client.get(f"{server.secured}/v1/models").status_code == 200
                except Exception as error:
                    failures.append(error)

    askers = [threading.Thread(target=each) for each in (ask, ask, ask_on)]
    for asker in askers: asker.start()
    try:
        for _ in range(5):
            new = authority.pair(*NAMES)
            replace(pair, new)
            server.signal(signal.SIGHUP)
            wanted = f"{ssl._ssl._test_decode_cert(str(new[0]))['serialNumber']}"
            harness.eventually(lambda: wanted in seen, "the new certificate")
    finally:
        is_over.set()
        for asker in askers: asker.join()
    assert not failures
    assert len(seen) == 6


def test_a_bad_new_certificate_is_refused_and_the_old_one_stays(secured, authority, pair, tmp_path):
    server = secured()
    before = serial(answers(server, context(authority)))
    good = [pathlib.Path(file).read_bytes() for file in pair]
    past = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)
    expired = authority.pair(*NAMES, not_before=past[0], not_after=past[1])
    foreign = authority.pair(*NAMES)
    for number, (cert, key, reason) in enumerate([
        (b"", good[1], "holds no certificate"), (good[0], b"nonsense", "holds no key"),
        (pathlib.Path(foreign[0]).read_bytes(), good[1], "does not belong"),
        (*(pathlib.Path(file).read_bytes() for file in expired), "has expired"),
    ]):
        pair[0].write_bytes(cert)
        pair[1].write_bytes(key)
        server.signal(signal.SIGHUP)
        server.wait_for(f"certificates are refused, the old ones stay.*{reason}")
        harness.eventually(lambda: server.metric("rollcall_tls_certificates_refused") == 1)
        assert serial(answers(server, context(authority))) == before
    # It is taken once it is good, without a signal.
    new = authority.pair(*NAMES)
    replace(pair, new)
    harness.eventually(lambda: serial(answers(server, context(authority))) != before, "the good certificate")
    harness.eventually(lambda: server.metric("rollcall_tls_certificates_refused") == 0)


def test_a_certificate_that_ends_soon_is_told(secured, authority, start, fleet, tmp_path):
    soon = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=5)
    server = secured(pairs=(authority.pair(*NAMES, not_after=soon),))
    server.wait_for("a certificate expires soon")
    assert server.metric("rollcall_tls_certificate_expiry_timestamp_seconds") == soon.timestamp()


@pytest.mark.parametrize("arguments, reason", [
    (["--tls-cert", "none.pem"], "the tls-cert none.pem cannot be read"),
    (["--tls-key", "a.key"], "there is no certificate for TLS"),
    (["--tls-listen", "127.0.0.1:0"], "there is no certificate for TLS"),
    (["--tls-cert", "a", "--tls-cert", "b", "--tls-key", "c"], "give each certificate its key"),
    (["--tls-cert", "a", "--tls-client-auth", "optional"], "--tls-client-auth needs --tls-client-ca"),
    (["--tls-cert", "a", "--tls-client-auth", "never"], "'never'"),
])
def test_settings_are_checked_at_the_start(arguments, reason):
    done = harness.run("serve", "--in-memory", "--engine", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", *arguments, check=False)
    assert done.returncode != 0 and reason in done.stderr


# Clients that do not shake hands.


def test_what_is_no_handshake_costs_its_client_alone(secured, authority):
    server = secured("--limit", "opening-time=2s")
    host, port = server.place.split(":")
    with httpx.Client(verify=context(authority)) as client:
        for bytes in (b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", os.urandom(20_000)):
            with socket.create_connection((host, int(port)), 20) as wire:
                wire.settimeout(20)
                try:
                    wire.sendall(bytes)
                    while wire.recv(65_536): pass
                except ConnectionError:
                    pass
            assert client.get(f"{server.secured}/healthz").status_code == 200
        # Cut off in the middle of a handshake.
        for size in (1, 40, 200):
            outgoing = ssl.MemoryBIO()
            hello = context(authority).wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
            with pytest.raises(ssl.SSLWantReadError): hello.do_handshake()
            with socket.create_connection((host, int(port)), 20) as wire: wire.sendall(outgoing.read()[:size])
        harness.eventually(lambda: server.metric("rollcall_tls_handshakes_open") == 0, "the end of all handshakes")
        assert client.get(f"{server.secured}/healthz").status_code == 200


HELLO = b"\x16\x03\x01"


def open_at(server, count, source="127.0.0.1", first=HELLO):
    """Connections that begin a handshake and leave it at that."""
    host, port = server.place.split(":")
    wires = [socket.create_connection((host, int(port)), 20, (source, 0)) for _ in range(count)]
    for wire in wires: wire.sendall(first)
    return wires


def test_no_address_keeps_others_from_their_handshakes(secured, authority):
    server = secured("--limit", "handshakes=20", "--limit", "opening-time=1h")
    # Connections that send nothing are no handshakes.
    wires = open_at(server, 50, first=b"")
    assert server.metric("rollcall_tls_handshakes_open") == 0
    wires += open_at(server, 200, source="127.0.0.9")
    try:
        harness.eventually(lambda: server.metric("rollcall_tls_handshakes_open") == 20, "as many as may be")
        for _ in range(10):
            answers(server, context(authority))
        assert server.metric("rollcall_tls_handshakes_open") <= 20
    finally:
        for wire in wires: wire.close()
    harness.eventually(lambda: server.metric("rollcall_tls_handshakes_open") == 0)


def test_a_burst_of_clients_of_one_address_waits_and_is_served(secured, authority):
    """As watchers that come back after a restart; each waits between its flights, as over a slow network."""
    server = secured("--limit", "handshakes=20")
    settings = context(authority)
    done, failures = [], []

    def client():
        try:
            host, port = server.place.split(":")
            wire = socket.create_connection((host, int(port)), 60)
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            secure = settings.wrap_bio(incoming, outgoing, server_hostname=host)
            while True:
                try:
                    secure.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    wire.sendall(outgoing.read())
                    incoming.write(wire.recv(65_536))
                    time.sleep(0.05)
            secure.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            wire.sendall(outgoing.read())
            assert wire.recv(65_536)
            done.append(wire.close())
        except Exception as error:
            failures.append(error)

    clients = [threading.Thread(target=client) for _ in range(200)]
    for each in clients: each.start()
    for each in clients: each.join()
    assert not failures and len(done) == 200


def test_what_a_client_asked_before_it_ended_tcp_is_answered(secured, authority):
    """Without the notice of TLS, and on many connections at once."""
    server = secured()
    settings = context(authority)
    host, port = server.place.split(":")
    wires = [settings.wrap_socket(socket.create_connection((host, int(port)), 60), server_hostname=host) for _ in range(200)]
    for wire in wires:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        socket.socket.shutdown(wire, socket.SHUT_WR)
    for wire in wires: assert wire.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_connections_that_had_large_answers_hold_little(secured, authority, note):
    server = secured()
    settings, held = context(authority), []
    host, port = server.place.split(":")

    def connect(count):
        for _ in range(count):
            wire = settings.wrap_socket(socket.create_connection((host, int(port)), 60), server_hostname=host)
            wire.sendall(b"GET /v1/models?view=full HTTP/1.1\r\nhost: x\r\n\r\n")
            answer = b""
            while b"\r\n0\r\n\r\n" not in answer[-20:] and not is_whole(answer): answer += wire.recv(65_536)
            held.append(wire)

    def is_whole(answer):
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        return bool(length) and len(body) >= int(length[1])

    connect(50)
    before = server.resident_bytes()
    connect(300)
    each = (server.resident_bytes() - before) / 300
    note(f"an idle connection over TLS that had a large answer: {each / 1024:.0f} KiB")
    assert each < 160 << 10


def test_ten_thousand_handshakes_leave_nothing_behind(secured, note):
    server = secured()

    def handshakes(count):
        done = subprocess.run(
            ["h2load", "-n", str(count), "-c", "100", "-m", "1", "-t", "1", "--connection-inactivity-timeout", "60",
             f"{server.secured}/healthz"], capture_output=True, text=True, timeout=120)
        assert f"{count} succeeded, 0 failed" in done.stdout, done.stdout + done.stderr

    # Each run has a hundred connections of its own.
    for _ in range(20): handshakes(100)
    harness.eventually(lambda: server.metric("rollcall_connections") <= 1, "the end of all connections")
    before, files = server.resident_bytes(), server.descriptors()
    for _ in range(80): handshakes(100)
    harness.eventually(lambda: server.metric("rollcall_connections") <= 1, "the end of all connections")
    grown = server.resident_bytes() - before
    note(f"10000 TLS handshakes: resident memory {before / 1e6:.1f} MB after 2000, {grown / 1e6:+.1f} MB after 8000 more")
    assert grown < 16 << 20
    assert server.descriptors() <= files + 2


def test_a_server_that_ends_drains_its_clients_by_tls(secured, authority, pb, stubs):
    server = secured()
    from rollcall.v1 import catalog_pb2_grpc

    credentials = grpc.ssl_channel_credentials(authority.file.read_bytes())
    with grpc.secure_channel(server.place, credentials) as channel, httpx.Client(verify=context(authority), http2=True) as client:
        watch = catalog_pb2_grpc.ModelCatalogStub(channel).WatchModels(pb.WatchModelsRequest(), timeout=60)
        next(watch)
        assert client.get(f"{server.secured}/healthz").status_code == 200
        server.signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in watch: pass
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait(20) == 0
