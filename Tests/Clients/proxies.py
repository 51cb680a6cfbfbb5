"""Real proxies with the configurations of scripts/deploy/proxies, as the documents show them, before servers on this machine."""

import os
import pathlib
import signal
import socket
import sys

import httpx

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGURATIONS = ROOT / "scripts" / "deploy" / "proxies"
# scripts/test unpacks Debian's packages here: nothing is installed, and no service starts. Envoy is a package of Python.
UNPACKED = pathlib.Path(os.environ.get("ROLLCALL_TEST_PROXIES", ROOT / ".build" / "proxies"))


def free_port():
    """A port that is free now; the kernel gives it to nobody else so soon."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def program(name):
    """The path of a proxy's program."""
    own = pathlib.Path(sys.executable).with_name(name)
    for place in (own, UNPACKED / "usr" / "sbin" / name, UNPACKED / "usr" / "bin" / name):
        if place.exists(): return str(place)
    raise FileNotFoundError(f"{name}: scripts/test unpacks it")


class Proxy(harness.Process):
    """A proxy before servers, with the tested configuration; only its addresses are this machine's.

    `url` is for REST, `address` for gRPC. `change` edits the text of the configuration.
    """

    name = ""
    file = ""

    def __init__(self, directory, servers, change=lambda text: text):
        directory = pathlib.Path(directory) / f"{self.name}-{free_port()}"
        directory.mkdir()
        self.rest, self.grpc = free_port(), free_port()
        text = (CONFIGURATIONS / self.file).read_text() if self.file else self.text()
        text = change(self.local(text))
        for index, server in enumerate(servers, 1):
            text = text.replace(f"rollcall-{index}:8080", server.address)
            text = text.replace(f"address: rollcall-{index}, port_value: 8080", f"address: 127.0.0.1, port_value: {server.port}")
        self.config = directory / (self.file or "config")
        self.config.write_text(text)
        libraries = f"LD_LIBRARY_PATH={UNPACKED}/usr/lib/x86_64-linux-gnu"
        super().__init__(
            self.name, directory, "env", libraries, f"HOME={directory}", f"XDG_DATA_HOME={directory}", program(self.name),
            *self.arguments(directory))
        self.url, self.address = f"http://127.0.0.1:{self.rest}", f"127.0.0.1:{self.grpc}"

    def ready(self):
        harness.eventually(lambda: httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200, f"{self.name}")
        return self

    def one_port(self, text, *patterns):
        """The configuration with its only port changed to this machine's."""
        self.grpc = self.rest
        for pattern in patterns: text = text.replace(pattern, pattern.replace("8080", str(self.rest)))
        return text


class Envoy(Proxy):
    name, file = "envoy", "envoy.yaml"

    def local(self, text):
        text = self.one_port(text, "address: 0.0.0.0, port_value: 8080").replace("0.0.0.0", "127.0.0.1")
        return text.replace("type: STRICT_DNS", "type: STATIC")

    def arguments(self, directory):
        return "-c", self.config, "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "warning"


class Nginx(Proxy):
    name, file = "nginx", "nginx.conf"

    def local(self, text):
        text = text.replace("listen 8080", f"listen 127.0.0.1:{self.rest}")
        return text.replace("listen 9090", f"listen 127.0.0.1:{self.grpc}")

    def arguments(self, directory):
        # Its directories and its log are set at its compilation; each can be set here, where nothing is the system's.
        paths = "".join(
            f"{name}_temp_path {directory}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = self.config.read_text().replace("http {", f"http {{ access_log off; {paths}", 1)
        self.config.write_text(text)
        return (
            "-p", directory, "-e", directory / "error.log", "-c", self.config, "-g",
            f"daemon off; worker_processes 1; pid {directory}/nginx.pid;")


class BareNginx(Nginx):
    """A location with a `proxy_pass` and nothing else, as people write it first."""

    file = ""

    def text(self):
        return """events {}
http {
  upstream rollcall { server rollcall-1:8080; }
  server { listen 8080; location / { proxy_pass http://rollcall; } }
  server { listen 9090 http2; location / { grpc_pass grpc://rollcall; } }
}
"""


class HAProxy(Proxy):
    name, file = "haproxy", "haproxy.cfg"

    def local(self, text):
        return self.one_port(text, "bind :8080").replace("bind :", "bind 127.0.0.1:")

    def arguments(self, directory):
        return "-f", self.config


class Caddy(Proxy):
    name, file = "caddy", "Caddyfile"

    def local(self, text):
        self.grpc = self.rest
        return text.replace("\n:8080 {", f"\nhttp://127.0.0.1:{self.rest} {{")

    def arguments(self, directory):
        return "run", "--config", self.config, "--adapter", "caddyfile"


ALL = {kind.name: kind for kind in (Envoy, Nginx, HAProxy, Caddy)}


# A list of more than 1,400 bytes, which is worth compressing.
IDS = [f"org/model-{number}" for number in range(40)]


class Pair:
    """Two servers over one engine, each on a port of its own that it has again after a restart."""

    def __init__(self, directory, *arguments):
        self.directory, self.arguments = pathlib.Path(directory), arguments
        self.engine = harness.Engine([harness.card(id) for id in IDS])
        self.ports = [free_port(), free_port()]
        self.servers = [self.start(index) for index in range(2)]

    def start(self, index):
        place = self.directory / f"server-{index}"
        place.mkdir(exist_ok=True)
        server = harness.Server(
            place, "--listen", f"127.0.0.1:{self.ports[index]}", "--data", place / "data", "--engine", self.engine.url,
            "--limit", "opening-time=1m", *self.arguments)
        return server.ready()

    def restart(self, index):
        self.servers[index].signal(signal.SIGTERM)
        assert self.servers[index].wait(60) == 0
        self.servers[index].stop()
        self.servers[index] = self.start(index)

    def watchers(self):
        return sum(server.metric("rollcall_watchers") for server in self.servers)

    def serve(self, *more):
        """Changes the list of both servers."""
        self.engine.models = [harness.card(id) for id in (*IDS, *more)]
        for server in self.servers:
            harness.eventually(lambda: set(server.states()) == {*IDS, *more}, "the change")

    def stop(self):
        for server in self.servers:
            # Without the time for its drain.
            server.kill()
            server.stop()
        self.engine.stop()
