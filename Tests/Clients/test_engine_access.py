"""How engines are asked: paths, certificates, credentials and redirects, with an engine behind TLS as Python has it."""

import base64
import datetime
import json
import ssl
import subprocess

import httpx
import pytest

import harness
from authority import Authority

KEY = "hush-5ecret"


class SecureEngine(harness.Engine):
    """An engine behind TLS, which keeps the headers of its requests. `wants`: the header and value without which it answers 401."""

    def __init__(self, pair, models=("m",), clients=None, wants=None, answers=()):
        self.headers = []
        super().__init__([harness.card(id) for id in models], answers=answers)
        listen, engine = self.listen, self

        def secure(port):
            listener = listen(port)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            if clients:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(clients)
            listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
            handler = listener.RequestHandlerClass

            class Checking(handler):
                def do_GET(self):
                    engine.headers.append(dict(self.headers))
                    if wants and self.headers.get(wants[0]) != wants[1]: return self.answer(401, {"error": "key"})
                    return super().do_GET()

            listener.RequestHandlerClass = Checking
            return listener

        self.stop()
        self.listen = secure
        self.start()
        self.url = f"https://127.0.0.1:{self.port}"


def engines(server):
    return json.loads(harness.run("engines", "--server", server.address, "--output", "json"))


def becomes(server, state, reason="", patience=harness.PATIENCE):
    """Waits until the only engine is in a state with such a reason, and returns it."""

    def look():
        found = engines(server)
        return found[0] if found and found[0]["state"] == state and reason in (found[0]["state_reason"] or "") else None

    return harness.eventually(look, f"{state} with {reason!r}", patience)


def serve(start, engine, options="", *arguments, **variables):
    through = ("env", *(f"{name}={value}" for name, value in variables.items())) if variables else ()
    return start.server("--engine", f"{engine.url}{options}", *arguments, through=through)


@pytest.mark.parametrize("way", ["ca-file", "SSL_CERT_FILE", "SSL_CERT_DIR", "insecure"])
def test_an_engine_with_a_certificate_of_its_own_authority(start, authority, way):
    engine = start.keep(SecureEngine(authority.pair("127.0.0.1")))
    options = {"ca-file": f",ca-file={authority.file}", "insecure": ",insecure=true"}.get(way, "")
    variables = {"SSL_CERT_FILE": {way: authority.file}, "SSL_CERT_DIR": {way: authority.directory}}.get(way, {})
    server = serve(start, engine, options, **variables)
    found = becomes(server, "READY")
    assert found["insecure"] == (way == "insecure")
    table = harness.run("engines", "--server", server.address)
    assert ("insecure" in table) == (way == "insecure")


def test_each_fault_of_a_certificate_has_its_reason(start, authority, tmp_path):
    expired = dict(not_after=datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc))
    early = dict(not_before=datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc),
                 not_after=datetime.datetime(2101, 1, 1, tzinfo=datetime.timezone.utc))
    good, old, future, other = (
        start.keep(SecureEngine(authority.pair(*names, **more), models=[f"m{number}"])) for number, (names, more) in enumerate(
            [(["127.0.0.1"], {}), (["127.0.0.1"], expired), (["127.0.0.1"], early), (["other.test"], {})]))
    plain = start.engine([harness.card("plain")])
    own, gone = f",ca-file={authority.file}", tmp_path / "gone.pem"
    cases = {
        "unknown": (good.url + "/a", "", "its certificate is of an unknown authority"),
        "expired": (old.url, own, "its certificate has expired"),
        "early": (future.url, own, "its certificate is not valid yet"),
        "name": (other.url, own, "its certificate is not valid for 127.0.0.1"),
        "wrong": (good.url + "/b", own + ",server-name=wrong.test", "its certificate is not valid for wrong.test"),
        "file": (good.url + "/c", f",ca-file={gone}", f"the ca-file {gone} cannot be read"),
        "plain": (f"https://127.0.0.1:{plain.port}", own, "no TLS connection"),
    }
    server = start.server(*(word for name, (url, options, _) in cases.items() for word in ("--engine", f"{url},id={name}{options}")))

    def look():
        found = {engine["id"]: engine for engine in engines(server)}
        return found if all(found.get(name, {}).get("state") == "UNREACHABLE" for name in cases if name != "plain") else None

    found = harness.eventually(look, "every engine is UNREACHABLE")
    for name, (_, _, reason) in cases.items():
        if name != "plain": assert reason in found[name]["state_reason"], name
    # The other name is the right one where it is asked for, and counts alone.
    named = start.server("--engine", f"{other.url}{own},server-name=other.test")
    becomes(named, "READY")


def test_an_engine_that_wants_a_certificate_of_its_clients(start, authority):
    mine = authority.pair("rollcall.test")
    engine = start.keep(SecureEngine(authority.pair("127.0.0.1"), clients=authority.file))
    options = f",ca-file={authority.file},cert-file={mine[0]},cert-key-file={mine[1]}"
    becomes(serve(start, engine, options), "READY")
    refused = start.server("--engine", f"{engine.url},ca-file={authority.file}")
    becomes(refused, "UNREACHABLE")


@pytest.mark.parametrize("auth,header,value", [
    ("", "Authorization", f"Bearer user:{KEY}"),
    (",auth=basic", "Authorization", "Basic " + base64.b64encode(f"user:{KEY}".encode()).decode()),
    (",auth=header:X-API-Key", "X-API-Key", f"user:{KEY}"),
])
def test_a_key_is_sent_as_the_engine_wants_it_and_is_never_shown(start, authority, tmp_path, auth, header, value):
    engine = start.keep(SecureEngine(authority.pair("127.0.0.1"), wants=(header, value)))
    file = tmp_path / "key"
    file.write_text(f"user:{KEY}\n")
    options = f",key-file={file}{auth},ca-file={authority.file}"
    server = serve(start, engine, options, "--data", tmp_path / "data", "--log-level", "trace")
    becomes(server, "READY")
    assert KEY not in server.output() + json.dumps(engines(server))
    assert KEY not in httpx.get(f"{server.url}/metrics").text
    server.kill()
    for stored in (tmp_path / "data").rglob("*"):
        if stored.is_file(): assert KEY.encode() not in stored.read_bytes(), stored


def test_a_restart_asks_the_engine_in_the_same_way(start, authority, tmp_path):
    """A registered engine, which no setting names: what the store keeps is all that a new process knows of it."""
    pair = authority.pair("engine.test")
    listed = {"/v3/list": (200, {"data": [harness.card("m3")]}), "/v1/models": (500, {}), "/ping": (200, {})}
    engine = start.keep(SecureEngine(pair, wants=("X-Api-Key", KEY), answers=listed))
    key, ca = tmp_path / "key", tmp_path / "now.pem"
    key.write_text(KEY)
    ca.write_bytes(authority.file.read_bytes())
    config = tmp_path / "config.yaml"
    config.write_text("engines: []\n")
    arguments = ("--config", config, "--data", tmp_path / "data", "--fall", "1")
    server = start.server(*arguments)
    registering = start.process(
        "register", harness.BINARY, "register", "--server", server.address, "--ttl", "10m", "--engine",
        f"{engine.url},kind=openai,key-file={key},auth=header:x-api-key,list=/v3/list,health=/ping,metrics=off,ca-file={ca},"
        "server-name=engine.test,timeout=5s")
    becomes(server, "READY")
    registering.kill()
    server.kill()
    engine.headers.clear()
    server = start.server(*arguments)
    found = becomes(server, "READY")
    assert found["models"] == ["m3"]
    harness.eventually(lambda: engine.headers, "probes of the new process")
    assert engine.requests["/v1/models"] == 0
    # The file of authorities counts as it is now: gone, another one, and back.
    ca.unlink()
    becomes(server, "UNREACHABLE", f"the ca-file {ca} cannot be read")
    ca.write_bytes(Authority(tmp_path / "another").file.read_bytes())
    becomes(server, "UNREACHABLE", "unknown authority")
    ca.write_bytes(authority.file.read_bytes())
    becomes(server, "READY")
    # As a restart without the file.
    server.kill()
    ca.unlink()
    server = start.server(*arguments)
    becomes(server, "UNREACHABLE", f"the ca-file {ca} cannot be read")


def test_redirects(start):
    """A redirect to the same place is followed, one elsewhere is named, and the key goes nowhere else."""
    seen = start.engine([harness.card("elsewhere")])
    engine = start.engine([harness.card("m")])
    engine.answers.update({
        "/v1/models": (307, {}, {"location": "/v1/models/"}),
        "/v1/models/": (200, {"data": [harness.card("m")]}),
    })
    server = start.server("--engine", f"{engine.url},kind=openai,key={KEY}")
    becomes(server, "READY")
    engine.answers["/v1/models"] = (302, {}, {"location": f"{seen.url}/v1/models?state=once"})
    found = becomes(server, "FAILED", f"302, redirected to {seen.url}/v1/models")
    assert "state=once" not in found["state_reason"]
    assert not seen.requests


@pytest.mark.parametrize("arguments", [
    ["serve", "--engine", f"http://a:1,key={KEY},{KEY}"], ["serve", "--engine", f"http://user:{KEY}@a:1"],
    ["serve", f"http://a:1,key={KEY}"], ["register", "--engine", f"http://a:1,key={KEY}"],
    ["serve", "--engine", f"http://a:1,kind={KEY}"], ["serve", "--dns", f"a,key={KEY}"],
])
def test_no_error_holds_a_key(arguments):
    done = subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr
    assert KEY not in done.stdout + done.stderr
